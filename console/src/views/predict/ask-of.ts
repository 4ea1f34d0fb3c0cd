/** Of whom a prediction is asked: whoever serves, the running test, or one algorithm. */

import type { Conditions } from '../../gql/graphql';
import type { FormEndpoint } from './queries';

export interface Choice {
  /** What the address says: empty for whoever serves. */
  value: string;
  text: string;
}

const TEST = 'ab-test';

/** Everything that may be asked, the usual first. What has no status is never served. */
export function choicesOf(endpoint: FormEndpoint): Choice[] {
  const test = endpoint.runningABTest;
  return [
    { value: '', text: 'Whoever serves it now' },
    ...(test ? [{ value: TEST, text: `The running test “${test.title}”` }] : []),
    ...endpoint.algorithms.nodes
      .filter(({ status, ready }) => status !== null && ready)
      .map(({ name, version, status, id }) => ({ value: id, text: `${name} ${version} (${words(status)})` })),
  ];
}

/** The conditions that a choice stands for; null for none. */
export function conditionsOf(choice: string): Conditions | null {
  if (choice === '') return null;
  return choice === TEST ? { status: 'AB_TESTING' } : { algorithm: choice };
}

function words(status: string | null): string {
  return (status ?? 'no status').toLowerCase().replaceAll('_', ' ');
}
