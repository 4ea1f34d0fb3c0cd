import type { ReactNode } from 'react';

import type { Asked } from '../graph/asked';
import { problemOf } from '../graph/problems';
import { Problem } from './problem';
import { Waiting } from './states';

export interface LoadedProps<Data> {
  of: Asked<Data>;
  /** What is on its way, in the words of the visitor: “the tests”. */
  what: string;
  children: (data: Data) => ReactNode;
}

/**
 * An answer of the graph in each of its states: on its way, failed, forbidden, there.
 *
 * What came stays while a newer answer is on its way or has failed; then the problem stands above it.
 */
export function Loaded<Data>({ of, what, children }: LoadedProps<Data>) {
  const { data, error, fetching, again } = of;
  const problem = error ? <Problem of={problemOf(error)} again={again} /> : null;
  if (data === undefined) return problem ?? <Waiting what={what} />;
  return (
    <div aria-busy={fetching}>
      {problem}
      {children(data)}
    </div>
  );
}
