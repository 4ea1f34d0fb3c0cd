import type { Scope } from '../gql/graphql';

export interface Entry {
  /** The path below `/console`; the entry shows as soon as there is a route of this path. */
  to: string;
  text: string;
  /** What the visitor must be allowed, beside reading. */
  needs?: Scope;
}

/** Every view that the navigation leads to, in its order. */
export const ENTRIES: readonly Entry[] = [
  { to: '/predict', text: 'Predict' },
  { to: '/tests', text: 'Tests' },
  { to: '/labels', text: 'Labels' },
  { to: '/history', text: 'History' },
  { to: '/quality', text: 'Quality' },
  { to: '/endpoints', text: 'Endpoints' },
  { to: '/keys', text: 'Keys', needs: 'ADMIN' },
  { to: '/documents', text: 'Documents' },
];
