/** Times and figures as the visitor's own language and time zone write them. */

const NONE = '–';

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const UTC = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC' });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const WHOLE = new Intl.NumberFormat();
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

export type Nullable<Value> = Value | null | undefined;

/** A time in the visitor's zone; in UTC when one points at it. */
export function Time({ at, date = false }: { at: Nullable<string>; date?: boolean }) {
  if (!at) return NONE;
  const moment = new Date(at);
  return (
    <time dateTime={at} title={UTC.format(moment)}>
      {(date ? DATE : DATE_TIME).format(moment)}
    </time>
  );
}

/** How long ago, or how soon: “3 hours ago”. */
export function agoText(at: string, now: Date = new Date()): string {
  const seconds = Math.round((new Date(at).getTime() - now.getTime()) / 1000);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** A number; `digits` is the most that stand behind the point. */
export function numberText(value: Nullable<number>, digits = 2): string {
  if (value === null || value === undefined) return NONE;
  return Number.isInteger(value) ? WHOLE.format(value) : new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(value);
}

/** A share from 0 to 1 as per cent. */
export function percentText(value: Nullable<number>, digits = 1): string {
  if (value === null || value === undefined) return NONE;
  return new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: digits }).format(value);
}

/** A length of time, given in seconds: “3.2 ms”, “4 min”. */
export function durationText(seconds: Nullable<number>): string {
  if (seconds === null || seconds === undefined) return NONE;
  const [value, unit] =
    seconds < 1
      ? [seconds * 1000, 'millisecond']
      : seconds < 120
        ? [seconds, 'second']
        : seconds < 7200
          ? [seconds / 60, 'minute']
          : seconds < 172_800
            ? [seconds / 3600, 'hour']
            : [seconds / 86_400, 'day'];
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumSignificantDigits: 3,
  }).format(value);
}

/** A figure with its unit, or a dash. */
export function Figure({ value, unit, digits = 2 }: { value: Nullable<number>; unit?: Nullable<string>; digits?: number }) {
  return (
    <span className="figure">
      {numberText(value, digits)}
      {unit && value !== null && value !== undefined ? ` ${unit}` : null}
    </span>
  );
}
