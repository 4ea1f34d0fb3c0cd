import type { TypedDocumentString } from './gql/graphql.js';

/** What a GraphQL server answers: data, or errors with a stable code. */
interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string; incident?: string } }[];
}

/** Nothing was done, and the same call may succeed in a moment. */
const PASSING = new Set(['OVERLOADED', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE']);

/** A call that the server refused, or could not answer. */
export class ArbiterError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }

  /** Whether the same call may succeed in a moment. */
  get passing(): boolean {
    return PASSING.has(this.code);
  }
}

export interface Options {
  /** The API key; without one the caller is anonymous. */
  key?: string | undefined;
  /** Send the document's hash instead of its text: the server must know src/gql/persisted-documents.json. */
  trustedDocuments?: boolean;
}

/** Operations need their variables, and those without variables must not get any. */
type Arguments<Variables> = Variables extends Record<string, never> ? [] : [variables: Variables];

/** Calls one server. Results and variables have the types that codegen found in the documents. */
export class Arbiter {
  constructor(
    private readonly url: string,
    private readonly options: Options = {},
  ) {}

  async run<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...[variables]: Arguments<Variables>
  ): Promise<Result> {
    const hash: unknown = document.__meta__?.['hash'];
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json',
        ...(this.options.key === undefined ? {} : { Authorization: `Bearer ${this.options.key}` }),
      },
      body: JSON.stringify(
        this.options.trustedDocuments
          ? { documentId: hash, variables }
          : { query: document.toString(), variables },
      ),
    });
    return resultOf<Result>(response);
  }
}

async function resultOf<Result>(response: Response): Promise<Result> {
  if (!response.headers.get('Content-Type')?.includes('json')) {
    throw new ArbiterError(`HTTP ${response.status}: ${await response.text()}`, 'HTTP');
  }
  const { data, errors } = (await response.json()) as Answer<Result>;
  const error = errors?.[0];
  if (error !== undefined) {
    throw new ArbiterError(error.message, error.extensions?.code ?? 'UNKNOWN');
  }
  if (data === undefined || data === null) {
    throw new ArbiterError(`HTTP ${response.status} without data`, 'HTTP');
  }
  return data;
}
