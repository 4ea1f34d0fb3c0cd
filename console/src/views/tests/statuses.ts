/** Which status each algorithm of a test had, has, and will have: read from the history of the test. */
import { type Named, nameOf } from './words';

interface Event {
  kind: string;
  details: unknown;
}
interface Side extends Named {
  id: string;
}
interface Sides {
  champion: Side;
  challenger: Side;
  events: readonly Event[];
}

export interface Change {
  /** The algorithm by name and version, or by number where it took no part in the test. */
  algorithm: string;
  before: string;
  after: string;
}

/** What an event did to statuses, in words. */
export function changesOf(test: Sides, { details }: Event): Change[] {
  const statuses = fieldOf(details, 'statuses');
  if (!Array.isArray(statuses)) return [];
  return statuses.map((status: unknown) => ({
    algorithm: named(test, fieldOf(status, 'algorithm')),
    before: statusText(fieldOf(status, 'before')),
    after: statusText(fieldOf(status, 'after')),
  }));
}

/** What each status becomes when an event is taken back: what it was before. */
export function takenBack(test: Sides, kind: 'created' | 'decided'): string[] {
  const event = test.events.findLast((one) => one.kind === kind);
  const changes = event ? changesOf(test, event) : [];
  return changes.map(({ algorithm, before }) => `${algorithm} returns to ${before}`);
}

/** A field of what an event tells, whose shape depends on its kind. */
export function fieldOf(details: unknown, name: string): unknown {
  if (typeof details !== 'object' || details === null) return undefined;
  return Object.entries(details).find(([key]) => key === name)?.[1];
}

function statusText(status: unknown): string {
  return typeof status === 'string' ? status.toUpperCase() : 'no status';
}

/** Events name algorithms by number; ids hold the number as well. */
function named({ champion, challenger }: Sides, number: unknown): string {
  const found = [champion, challenger].find(({ id }) => numberOf(id) === String(number));
  return found ? nameOf(found) : `algorithm ${String(number)}`;
}

function numberOf(id: string): string | undefined {
  try {
    return atob(id).split(':').at(-1);
  } catch {
    return undefined;
  }
}
