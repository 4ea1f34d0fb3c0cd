/** The words for tests, their states and their figures. */
import { percentText } from '../../components/values';
import type { ABTestMetric, ABTestState, Verdict } from '../../gql/graphql';

export const STATES = ['RUNNING', 'DECIDED', 'CANCELLED', 'ROLLED_BACK'] as const;
export type State = (typeof STATES)[number];

export const STATE_WORDS: Record<ABTestState, string> = {
  RUNNING: 'running',
  DECIDED: 'decided',
  CANCELLED: 'cancelled',
  ROLLED_BACK: 'rolled back',
};

const VERDICT_WORDS: Record<Verdict, string> = {
  PROMOTED: 'challenger promoted',
  KEPT: 'champion kept',
  INCONCLUSIVE: 'inconclusive',
};

export const METRIC_WORDS: Record<ABTestMetric, string> = {
  ACCURACY: 'accuracy',
  COST: 'mean cost',
  BRIER: 'Brier score',
  RMSE: 'RMSE',
  MAE: 'mean absolute error',
};

/** What an address that is not there yet is shown as: no link. */
export const HISTORY: string = '/history';

const DIGITS = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
const SIGNED = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero', maximumSignificantDigits: 4 });
const POINTS = new Intl.NumberFormat(undefined, {
  signDisplay: 'exceptZero',
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export interface Badge {
  text: string;
  tone: '' | 'good' | 'warn' | 'bad';
}

/** The state of a test, with its verdict where it has one. */
export function badgeOf({ state, verdict }: { state: ABTestState; verdict: Verdict | null | undefined }): Badge {
  if (state === 'DECIDED' && verdict) {
    return { text: VERDICT_WORDS[verdict], tone: verdict === 'INCONCLUSIVE' ? 'warn' : 'good' };
  }
  return { text: STATE_WORDS[state], tone: state === 'RUNNING' || state === 'DECIDED' ? '' : 'warn' };
}

export interface Named {
  name: string;
  version: string;
}

export function nameOf({ name, version }: Named): string {
  return `${name} ${version}`;
}

/** A sentence from the server as a sentence of a page: with a capital and a full stop. */
export function sentence(text: string): string {
  const said = text.trim();
  if (said === '') return '';
  const begun = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Whether the series shows one error divided by the other, so that 1 is no difference and less is better. */
export function isRatio(metric: ABTestMetric): boolean {
  return metric === 'RMSE' || metric === 'MAE';
}

/** One algorithm's figure by the metric of the test. */
export function valueText(metric: ABTestMetric, value: number | null | undefined): string {
  if (metric === 'ACCURACY') return percentText(value, 2);
  return value === null || value === undefined ? '–' : DIGITS.format(value);
}

/** A difference with its sign: points of accuracy, else in the unit of the metric. */
export function differenceText(metric: ABTestMetric, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const points = metric === 'ACCURACY';
  return points ? `${POINTS.format(value * 100)} points` : SIGNED.format(value);
}

/** Evidence: small as it is, large in round figures. */
export function evidenceText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value >= 1e6) return new Intl.NumberFormat(undefined, { notation: 'scientific', maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat(undefined, { maximumSignificantDigits: value < 1 ? 2 : 3 }).format(value);
}
