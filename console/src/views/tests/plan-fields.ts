/** What may be said about a new test, and how it becomes the input of `createABTest`. */
import type { CreateABTestInput } from '../../gql/graphql';
import type { NewEndpoint } from './queries';

export type Texts = Record<string, string>;

export interface FieldOf {
  /** The field of the input, by which errors find it. */
  name: string;
  label: string;
  hint?: string;
  kind: 'number' | 'days' | 'check' | 'choice';
  choices?: readonly (readonly [value: string, text: string])[];
  /** What stands there at first; left out, it is empty, and the server's default holds. */
  first?: string;
}

export interface Group {
  name: string;
  fields: readonly FieldOf[];
}

export const CLASSIFIER_METRICS = [
  ['ACCURACY', 'accuracy: the share of right answers'],
  ['COST', 'cost: mistakes cost differently'],
  ['BRIER', 'Brier score: whose probabilities are right'],
] as const;
export const REGRESSOR_METRICS = [
  ['RMSE', 'RMSE: large errors count more'],
  ['MAE', 'mean absolute error: each error by its size'],
] as const;

/** What nearly everybody leaves as it is. */
export const FOLDED: readonly Group[] = [
  {
    name: 'How predictions reach the two',
    fields: [
      {
        name: 'mode',
        label: 'Way',
        kind: 'choice',
        first: '',
        choices: [
          ['', 'paired, unless answers change what happens'],
          ['PAIRED', 'paired: both run on each prediction'],
          ['SPLIT', 'split: one runs on each prediction'],
        ],
        hint: 'Paired tests need a fifth of the labels.',
      },
      {
        name: 'serve',
        label: 'Callers get',
        kind: 'choice',
        first: 'RANDOM',
        choices: [
          ['RANDOM', 'one of the two answers, by lot'],
          ['CHAMPION_ONLY', 'the champion’s answer always'],
        ],
      },
      { name: 'challengerWeight', label: 'The challenger’s share', kind: 'number', first: '0.5', hint: '0.5 is half of the answers.' },
      {
        name: 'traffic',
        label: 'Takes part',
        kind: 'choice',
        first: 'ALL',
        choices: [
          ['ALL', 'every prediction'],
          ['OPT_IN', 'only predictions that ask for AB_TESTING'],
        ],
      },
      { name: 'outcomeAffected', label: 'The answer changes what happens, as a treatment does', kind: 'check', first: 'false' },
    ],
  },
  {
    name: 'When it may end',
    fields: [
      { name: 'minFeedback', label: 'No verdict before so many labels', kind: 'number', hint: 'By default 100; 1,000 for numbers without a largest error.' },
      { name: 'minDuration', label: 'No verdict before so many days', kind: 'days', hint: '7 where weekends differ.' },
      { name: 'feedbackDelay', label: 'Wait so many days for each truth', kind: 'days', hint: 'Where truths of one kind come later.' },
      { name: 'equivalenceMargin', label: 'Keep the champion if they differ by less than', kind: 'number', hint: '0.01 is one point of accuracy.' },
      { name: 'alpha', label: 'Accepted chance of a wrong winner', kind: 'number', first: '0.05' },
      { name: 'autoDecide', label: 'It ends by itself as soon as it knows', kind: 'check', first: 'true' },
    ],
  },
  {
    name: 'What protects callers',
    fields: [
      { name: 'guardrails', label: 'Watch for a challenger that fails more often or is much slower', kind: 'check', first: 'true' },
      { name: 'autoCancel', label: 'Cancel the test by itself when one of these alarms goes off', kind: 'check', first: 'true' },
      {
        name: 'guardrailMetric.metric',
        label: 'A second figure that may not get worse',
        kind: 'choice',
        first: '',
        choices: [
          ['', 'none'],
          ['ACCURACY', 'accuracy'],
          ['COST', 'cost'],
          ['BRIER', 'Brier score'],
        ],
      },
      { name: 'guardrailMetric.margin', label: '… by more than', kind: 'number', hint: '0.01 is one point of accuracy.' },
      {
        name: 'thirdAlgorithm',
        label: 'After a promotion, another algorithm in production',
        kind: 'choice',
        first: 'TO_TESTING',
        choices: [
          ['TO_TESTING', 'goes to TESTING'],
          ['KEEP', 'stays in PRODUCTION'],
        ],
      },
    ],
  },
];

/** What stands in the fields at first. */
export function firstTexts(endpoint: NewEndpoint): Texts {
  const texts: Texts = { metric: endpoint.kind === 'REGRESSOR' ? 'RMSE' : 'ACCURACY', outcomeSeen: 'UNKNOWN' };
  for (const { name, first } of FOLDED.flatMap(({ fields }) => fields)) texts[name] = first ?? '';
  const able = endpoint.algorithms.nodes.filter(({ ready }) => ready);
  const serving = able.find(({ status }) => status === 'PRODUCTION') ?? able[0];
  texts['first'] = serving?.id ?? '';
  texts['second'] = able.find(({ id }) => id !== serving?.id)?.id ?? '';
  return texts;
}

/** Whether mistakes have to be priced. */
export function wantsCosts(texts: Texts): boolean {
  return texts['metric'] === 'COST' || texts['guardrailMetric.metric'] === 'COST';
}

/** The input of `createABTest`; what is left empty is left to the server. */
export function inputOf(endpoint: NewEndpoint, texts: Texts, only: readonly string[]): CreateABTestInput {
  const text = (name: string) => texts[name] ?? '';
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)));
  const seconds = (name: string) => (text(name) === '' ? null : Number(text(name)) * 86_400);
  const onlyFor = text('outcomeSeen') === 'ONLY_FOR';
  const guard = oneOf(text('guardrailMetric.metric'), ['ACCURACY', 'COST', 'BRIER']);
  return {
    title: text('title').trim(),
    algorithms: [text('first'), text('second')],
    traffic: oneOf(text('traffic'), ['ALL', 'OPT_IN']),
    mode: oneOf(text('mode'), ['PAIRED', 'SPLIT']),
    serve: oneOf(text('serve'), ['RANDOM', 'CHAMPION_ONLY']),
    metric: oneOf(text('metric'), ['ACCURACY', 'COST', 'BRIER', 'RMSE', 'MAE']),
    challengerWeight: number('challengerWeight') ?? 0.5,
    outcomeSeen: oneOf(text('outcomeSeen'), ['ALL', 'ONLY_FOR', 'UNKNOWN']),
    outcomeSeenFor: onlyFor && endpoint.classes ? [...only] : null,
    outcomeSeenFrom: onlyFor && !endpoint.classes ? number('outcomeSeenFrom') : null,
    outcomeSeenUpTo: onlyFor && !endpoint.classes ? number('outcomeSeenUpTo') : null,
    outcomeAffected: text('outcomeAffected') === 'true',
    minimumEffect: number('minimumEffect'),
    maxFeedback: number('maxFeedback'),
    maxDuration: seconds('maxDuration'),
    minFeedback: number('minFeedback'),
    minDuration: seconds('minDuration'),
    feedbackDelay: seconds('feedbackDelay') ?? 0,
    equivalenceMargin: number('equivalenceMargin'),
    alpha: number('alpha') ?? 0.05,
    autoDecide: text('autoDecide') === 'true',
    guardrails: text('guardrails') === 'true',
    autoCancel: text('autoCancel') === 'true',
    guardrailMetric: guard ? { metric: guard, margin: number('guardrailMetric.margin') ?? 0 } : null,
    thirdAlgorithm: oneOf(text('thirdAlgorithm'), ['TO_TESTING', 'KEEP']),
    costs: wantsCosts(texts) ? costsOf(endpoint.classes ?? [], texts) : null,
    largestError: endpoint.kind === 'REGRESSOR' ? number('largestError') : null,
  };
}

/** Where the cost of a mistake stands in the texts. */
export function costName(truth: string, answer: string): string {
  return `cost ${JSON.stringify([truth, answer])}`;
}

function costsOf(classes: readonly string[], texts: Texts) {
  return classes.flatMap((truth) =>
    classes.flatMap((answer) => {
      const text = texts[costName(truth, answer)] ?? '';
      return text === '' ? [] : [{ truth, answer, cost: Number(text) }];
    }),
  );
}

function oneOf<const Value extends string>(text: string, values: readonly Value[]): Value | null {
  return values.find((value) => value === text) ?? null;
}
