import type { RequestOrderBy, RequestWhere } from '../../gql/graphql';
import { asOneOf, asText, asTexts } from '../../search';

export const YES_NO = ['yes', 'no'] as const;
export type YesNo = (typeof YES_NO)[number];
export const ARMS_SAID = {
  disagree: { disagree: true },
  agree: { disagree: false },
  championRight: { championCorrect: true },
  championWrong: { championCorrect: false },
  challengerRight: { challengerCorrect: true },
  challengerWrong: { challengerCorrect: false },
} as const;
export type ArmsSaid = keyof typeof ARMS_SAID;
const ORDERS: readonly RequestOrderBy[] = [
  'CREATED_AT_DESC',
  'CREATED_AT_ASC',
  'FEEDBACK_AT_DESC',
  'PROBABILITY_DESC',
  'PROBABILITY_ASC',
  'CONFIDENCE_DESC',
  'CONFIDENCE_ASC',
  'VALUE_DESC',
  'VALUE_ASC',
  'ERROR_DESC',
  'ERROR_ASC',
];

type Optional<Value> = Value | undefined;

/** What is asked of the history, as the address says it. */
export interface Filters {
  endpoint?: Optional<string>;
  algorithm?: Optional<string[]>;
  test?: Optional<string>;
  arm?: Optional<'CHAMPION' | 'CHALLENGER'>;
  arms?: Optional<string[]>;
  outcome?: Optional<'OK' | 'ERROR'>;
  fault?: Optional<'CALLER' | 'ALGORITHM'>;
  label?: Optional<string[]>;
  feedback?: Optional<string[]>;
  /** Whether the truth is known, and whether the answer was right. */
  known?: Optional<YesNo>;
  right?: Optional<YesNo>;
  /** Days in UTC, both included, or moments. */
  from?: Optional<string>;
  to?: Optional<string>;
  /** Ranges: `0.5..0.9`, `0.9..`, `..0.5`. */
  confidence?: Optional<string>;
  probability?: Optional<string>;
  value?: Optional<string>;
  latency?: Optional<string>;
  message?: Optional<string>;
  /** Features: `name:text` or `name:0..10`. */
  feature?: Optional<string[]>;
  order?: Optional<RequestOrderBy>;
  columns?: Optional<string[]>;
  /** The page: behind a cursor, or before one. */
  after?: Optional<string>;
  until?: Optional<string>;
}

/** What names a person stands behind the `#`, which reaches no log. */
export interface Named {
  subject?: Optional<string>;
  externalId?: Optional<string>;
}

/** The filters of an address; what is not one of ours is left out. */
export function filtersOf(search: Record<string, unknown>): Filters {
  return {
    endpoint: asText(search['endpoint']),
    algorithm: asTexts(search['algorithm']),
    test: asText(search['test']),
    arm: asOneOf(search['arm'], ['CHAMPION', 'CHALLENGER']),
    arms: asTexts(search['arms'])?.filter((said) => said in ARMS_SAID),
    outcome: asOneOf(search['outcome'], ['OK', 'ERROR']),
    fault: asOneOf(search['fault'], ['CALLER', 'ALGORITHM']),
    label: asTexts(search['label']),
    feedback: asTexts(search['feedback']),
    known: asOneOf(search['known'], YES_NO),
    right: asOneOf(search['right'], YES_NO),
    from: asMoment(search['from']),
    to: asMoment(search['to']),
    confidence: asRange(search['confidence']),
    probability: asRange(search['probability']),
    value: asRange(search['value']),
    latency: asRange(search['latency']),
    message: asText(search['message']),
    feature: asTexts(search['feature'])?.filter((one) => one.includes(':')),
    order: asOneOf(search['order'], ORDERS),
    columns: asTexts(search['columns']),
    after: asText(search['after']),
    until: asText(search['until']),
  };
}

export function asMoment(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function asRange(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined || rangeOf(text) === undefined ? undefined : text;
}

interface Range {
  min?: number;
  max?: number;
}

/** `0.5..0.9` as numbers; undefined where it is no range. */
export function rangeOf(text: string): Range | undefined {
  const found = /^(-?[\d.]*(?:e[+-]?\d+)?)\.\.(-?[\d.]*(?:e[+-]?\d+)?)$/i.exec(text);
  if (!found) return undefined;
  const [min, max] = [found[1], found[2]].map((end) => (end ? Number(end) : undefined));
  if (Number.isNaN(min) || Number.isNaN(max) || (min === undefined && max === undefined)) return undefined;
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

/** Both ends of a range as texts, for fields. */
export function endsOf(text: string | undefined): [string, string] {
  const { min, max } = rangeOf(text ?? '') ?? {};
  return [min === undefined ? '' : String(min), max === undefined ? '' : String(max)];
}

/** A range of what two fields say; undefined where both are empty. */
export function rangeText(min: string, max: string): string | undefined {
  return min === '' && max === '' ? undefined : `${min}..${max}`;
}

/** A feature's filter: its name, and the text or range behind the colon. */
export function featureOf(text: string): [string, string] {
  const at = text.indexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The same question for the graph. */
export function whereOf(filters: Filters, { subject, externalId }: Named): RequestWhere {
  const { endpoint, test, arm, outcome, fault, label, feedback, known, right, message, algorithm } = filters;
  const where: RequestWhere = {};
  if (endpoint !== undefined) where.endpoint = [endpoint];
  if (algorithm !== undefined) where.algorithm = algorithm;
  if (test !== undefined) where.abTest = [test];
  if (arm !== undefined) where.arm = [arm];
  if (outcome !== undefined) where.outcome = outcome;
  if (fault !== undefined) where.fault = fault;
  if (label !== undefined) where.label = label;
  if (feedback !== undefined) where.feedback = feedback;
  if (known !== undefined) where.withFeedback = known === 'yes';
  if (right !== undefined) where.correct = right === 'yes';
  if (message !== undefined) where.messageContains = message;
  if (subject !== undefined) where.subject = [subject];
  if (externalId !== undefined) where.externalId = [externalId];
  if (filters.from !== undefined) where.createdFrom = filters.from;
  if (filters.to !== undefined) where.createdBefore = dayAfter(filters.to);
  for (const name of ['confidence', 'probability', 'value'] as const) {
    const range = rangeOf(filters[name] ?? '');
    if (range) where[name] = range;
  }
  const latency = rangeOf(filters.latency ?? '');
  if (latency) where.latency = scaled(latency, 1 / 1000);
  if (filters.arms?.length) {
    where.bothArms = Object.assign({}, ...filters.arms.map((said) => ARMS_SAID[said as ArmsSaid])) as NonNullable<
      RequestWhere['bothArms']
    >;
  }
  const features = featuresOf(filters.feature ?? []);
  if (features.length > 0) where.feature = features;
  return where;
}

function scaled({ min, max }: Range, by: number): Range {
  return { ...(min === undefined ? {} : { min: min * by }), ...(max === undefined ? {} : { max: max * by }) };
}

/** Several texts of one feature are alternatives. */
function featuresOf(texts: readonly string[]): NonNullable<RequestWhere['feature']> {
  const found = new Map<string, { name: string; text?: string[]; number?: Range }>();
  for (const [name, value] of texts.map(featureOf)) {
    const range = rangeOf(value);
    const before = found.get(name);
    found.set(name, range ? { name, number: range } : { name, text: [...(before?.text ?? []), value] });
  }
  return [...found.values()];
}

/** The end of a day that is given by its date; a moment is itself the end. */
function dayAfter(text: string): string {
  if (text.includes('T')) return text;
  return new Date(Date.parse(text) + 86_400_000).toISOString();
}
