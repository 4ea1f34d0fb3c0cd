import { createContext, use } from 'react';

import { graphql } from '../gql';
import type { Scope } from '../gql/graphql';

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      name
      anonymous
      scopes
      grants
    }
  }
`);

/** Who looks, and what they may do. */
export interface Viewer {
  name: string;
  anonymous: boolean;
  scopes: readonly Scope[];
  /** The same in words, with the endpoints that some are bound to: `predict:income_classifier`. */
  grants: readonly string[];
}

export const ViewerContext = createContext<Viewer>({ name: '', anonymous: true, scopes: [], grants: [] });

export function useViewer(): Viewer {
  return use(ViewerContext);
}

/** Whether the visitor may do this; what they may not do is not offered. */
export function useMay(scope: Scope): boolean {
  return useViewer().scopes.includes(scope);
}

/** Whether the visitor may do this with an endpoint: a key may be bound to some. */
export function useMayOf(scope: 'PREDICT' | 'FEEDBACK', endpoint: string): boolean {
  const { scopes, grants } = useViewer();
  const bound = grants.filter((grant) => grant.startsWith(`${scope.toLowerCase()}:`));
  return scopes.includes(scope) && (bound.length === 0 || bound.includes(`${scope.toLowerCase()}:${endpoint}`));
}

/** Rights in words for people. */
export const SCOPE_WORDS: Record<Scope, string> = {
  READ: 'look at endpoints, tests and the history',
  PREDICT: 'ask for predictions',
  FEEDBACK: 'give the ground truth',
  ADMIN: 'change statuses, and begin and end tests',
  READ_PRIVATE: 'see private features',
};
