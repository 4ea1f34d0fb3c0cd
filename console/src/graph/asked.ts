import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core';
import { useCallback } from 'react';
import { useQuery } from 'urql';

/** An answer of the graph as a view shows it: `<Loaded of={asked}>`. */
export interface Asked<Data> {
  data: Data | undefined;
  error: CombinedError | undefined;
  /** Whether an answer is on its way, be it the first or a newer one. */
  fetching: boolean;
  /** Ask again, past the cache. */
  again: () => void;
}

/** Asks the graph, and again when the variables change; the last answer stays until the next one is there. */
export function useAsked<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false }: { pause?: boolean } = {},
): Asked<Data> {
  const [result, ask] = useQuery<Data>({ query: document, variables, pause });
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask]);
  return { data: result.data, error: result.error, fetching: result.fetching || result.stale, again };
}
