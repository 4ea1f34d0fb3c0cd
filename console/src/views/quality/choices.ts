import type { TimeBucket } from '../../gql/graphql';
import { durationText, numberText, percentText } from '../../components/values';
import type { OverTimePeriod } from './queries';

export const BUCKETS = ['DAY', 'WEEK', 'MONTH'] as const satisfies readonly TimeBucket[];
export type Bucket = (typeof BUCKETS)[number];

export const FIGURES = ['accuracy', 'rmse', 'mae', 'bias', 'feedback', 'requests', 'errors', 'latency'] as const;
export type FigureName = (typeof FIGURES)[number];

interface FigureOverTime {
  text: string;
  of: (period: OverTimePeriod) => number | null | undefined;
  shown: (value: number | null | undefined, unit: string) => string;
  /** A share from 0 to 1. */
  share?: true;
}

const inUnit = (value: number | null | undefined, unit: string) => `${numberText(value)}${unit === '' ? '' : ` ${unit}`}`;

/** What can be shown over time, and in which words. */
export const OVER_TIME: Record<FigureName, FigureOverTime> = {
  accuracy: { text: 'Accuracy', of: ({ aggregate }) => aggregate.accuracy, shown: (value) => percentText(value), share: true },
  rmse: { text: 'Root-mean-square error', of: ({ aggregate }) => aggregate.rmse, shown: inUnit },
  mae: { text: 'Mean absolute error', of: ({ aggregate }) => aggregate.mae, shown: inUnit },
  bias: { text: 'Bias (mean of answer minus truth)', of: ({ aggregate }) => aggregate.bias, shown: inUnit },
  feedback: { text: 'Feedback rate', of: ({ feedbackRate }) => feedbackRate, shown: (value) => percentText(value), share: true },
  requests: { text: 'Requests', of: ({ aggregate }) => aggregate.count, shown: (value) => numberText(value) },
  errors: {
    text: 'Share that the algorithm failed',
    of: ({ aggregate: { count, errors } }) => (count > 0 ? errors / count : null),
    shown: (value) => percentText(value),
    share: true,
  },
  latency: { text: 'Latency, 95th percentile', of: ({ aggregate }) => aggregate.latency.p95, shown: (value) => durationText(value) },
};

const OF_CLASSIFIERS: readonly FigureName[] = ['accuracy', 'feedback', 'requests', 'errors', 'latency'];
const OF_REGRESSORS: readonly FigureName[] = ['rmse', 'mae', 'bias', 'feedback', 'requests', 'errors', 'latency'];

export function figuresOf(kind: string | null | undefined): readonly FigureName[] {
  return kind === 'REGRESSOR' ? OF_REGRESSORS : OF_CLASSIFIERS;
}
