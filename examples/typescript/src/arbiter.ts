import type { TypedDocumentString } from './gql/graphql.js';

/** What a GraphQL server answers: data, or errors with a stable code. */
interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string; incident?: string; retryAfter?: number } }[];
}

/**
 * The same call may succeed in a moment. Nothing was done, or, of COMMIT_UNKNOWN, nobody knows: then the call may only
 * be sent again with what makes the server do it once, its idempotency key.
 */
const PASSING = new Set(['OVERLOADED', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE', 'COMMIT_UNKNOWN']);
const ATTEMPTS = 4;

/** A call that the server refused, or could not answer. */
export class ArbiterError extends Error {
  constructor(
    message: string,
    readonly code: string,
    /** Seconds after which the server wants to be asked again, where it says so. */
    readonly retryAfter?: number,
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
  /** In the place of the runtime's own `fetch`. */
  fetch?: typeof fetch;
}

/** Operations need their variables, and those without variables must not get any. */
type Arguments<Variables> = Variables extends Record<string, never> ? [] : [variables: Variables];

/** Calls one server. Results and variables have the types that codegen found in the documents. */
export class Arbiter {
  constructor(
    private readonly url: string,
    private readonly options: Options = {},
  ) {}

  /**
   * The data of an operation, sent again, with the same variables, while the server is in trouble. Only for what may be
   * repeated: queries, feedback, and predictions with an idempotency key.
   */
  async run<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...given: Arguments<Variables>
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(document, given);
      } catch (error) {
        if (!(error instanceof ArbiterError && error.passing) || attempt === ATTEMPTS) {
          throw error;
        }
        await seconds(error.retryAfter ?? 0.1 * 2 ** attempt);
      }
    }
  }

  private async once<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    [variables]: Arguments<Variables>,
  ): Promise<Result> {
    const hash: unknown = document.__meta__?.['hash'];
    const response = await (this.options.fetch ?? fetch)(this.url, {
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
    throw new ArbiterError(error.message, error.extensions?.code ?? 'UNKNOWN', error.extensions?.retryAfter);
  }
  if (data === undefined || data === null) {
    throw new ArbiterError(`HTTP ${response.status} without data`, 'HTTP');
  }
  return data;
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * count));
}
