import { asText } from '../../search';

/** Summaries are kept by day of UTC, so that days here are of UTC, too: `2026-11-30`. */
export type Day = string;

const A_DAY = 86_400_000;

/** A day of an address; undefined for what is none. */
export function asDay(value: unknown): Day | undefined {
  const text = asText(value);
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

export function today(): Day {
  return dayOf(Date.now());
}

/** So many days later, or earlier where it is negative. */
export function moved(day: Day, days: number): Day {
  return dayOf(Date.parse(day) + days * A_DAY);
}

/** When a day begins, as the graph takes it. */
export function beginOf(day: Day): string {
  return `${day}T00:00:00Z`;
}

/** When it is over: bounds of the graph are open at their end. */
export function endOf(day: Day): string {
  return beginOf(moved(day, 1));
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const SHORT = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });

export function dayText(at: string): string {
  return DATE.format(new Date(at));
}

export function shortDayText(at: Date | string): string {
  return SHORT.format(new Date(at));
}

function dayOf(moment: number): Day {
  return new Date(moment).toISOString().slice(0, 10);
}
