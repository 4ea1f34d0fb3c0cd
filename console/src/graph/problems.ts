import type { CombinedError } from '@urql/core';

/** What went wrong, in the kinds that a visitor can do different things about. */
export interface GraphProblem {
  kind: 'offline' | 'unauthenticated' | 'forbidden' | 'busy' | 'outdated' | 'failed';
  message: string;
  code: string | null;
  /** After how many seconds it may be tried again, where the server says so. */
  retryAfter: number | null;
}

const KINDS: Record<string, GraphProblem['kind']> = {
  UNAUTHENTICATED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  RATE_LIMITED: 'busy',
  OVERLOADED: 'busy',
  PERSISTED_QUERY_NOT_FOUND: 'outdated',
  PERSISTED_QUERY_NOT_SUPPORTED: 'outdated',
};
const BY_STATUS: Record<number, GraphProblem['kind']> = { 401: 'unauthenticated', 403: 'forbidden', 429: 'busy', 503: 'busy' };

/** What an error of the client means. */
export function problemOf(error: CombinedError): GraphProblem {
  const [first] = error.graphQLErrors;
  const response = error.response as Response | undefined;
  const code = typeof first?.extensions['code'] === 'string' ? first.extensions['code'] : null;
  const after = Number(response?.headers?.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(after) ? after : null;
  const known = (code === null ? undefined : KINDS[code]) ?? (response ? BY_STATUS[response.status] : undefined);
  if (first) return { kind: known ?? 'failed', message: first.message, code, retryAfter };
  if (response) {
    const message = `The server answered with HTTP ${response.status}.`;
    return { kind: known ?? 'failed', message, code: null, retryAfter };
  }
  return { kind: 'offline', message: 'The server does not answer.', code: null, retryAfter: null };
}
