import { createContext, use } from 'react';

import { graphql } from '../gql';
import type { Scope } from '../gql/graphql';

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      name
      anonymous
      scopes
    }
  }
`);

/** Who looks, and what they may do. */
export interface Viewer {
  name: string;
  anonymous: boolean;
  scopes: readonly Scope[];
}

export const ViewerContext = createContext<Viewer>({ name: '', anonymous: true, scopes: [] });

export function useViewer(): Viewer {
  return use(ViewerContext);
}

/** Whether the visitor may do this; what they may not do is not offered. */
export function useMay(scope: Scope): boolean {
  return useViewer().scopes.includes(scope);
}

/** Rights in words for people. */
export const SCOPE_WORDS: Record<Scope, string> = {
  READ: 'look at endpoints, tests and the history',
  PREDICT: 'ask for predictions',
  FEEDBACK: 'give the ground truth',
  ADMIN: 'change statuses, and begin and end tests',
  READ_PRIVATE: 'see private features',
};
