import { useEffect, useId, useState } from 'react';

import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { numberText, Time } from '../../components/values';
import type { TestSampleSizesQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import type { Texts } from './plan-fields';
import { ACCURACY, type NewEndpoint, SIZES } from './queries';

/** So long after the last key the plan is asked for, in milliseconds. */
const PAUSE = 300;

type Size = TestSampleSizesQuery['abTestSampleSizes'][number];

interface SizesProps {
  endpoint: NewEndpoint;
  texts: Texts;
  set: (name: string) => (text: string) => void;
}

/** How many labels it takes, and by when they will have come. */
export function Sizes({ endpoint, texts, set }: SizesProps) {
  const byAccuracy = texts['metric'] === 'ACCURACY';
  const number = (name: string, otherwise: number) => {
    const text = texts[name] ?? '';
    return text === '' ? otherwise : Number(text);
  };
  const known = useAccuracy(endpoint.name, texts['first'] ?? '', byAccuracy);
  const effect = number('minimumEffect', 0.01);
  const variables = {
    ...(byAccuracy
      ? { accuracy: number('plan accuracy', known?.accuracy ?? ASSUMED), effect, agreement: number('plan agreement', 0.9) }
      : { gain: number('plan gain', 0.005), spread: number('plan spread', 0.07) }),
    alpha: number('alpha', 0.05),
    challengerWeight: number('challengerWeight', 0.5),
    endpoint: endpoint.name,
  };
  const settled = useSettled(variables);
  const asked = useAsked(SIZES, settled);
  const split = texts['mode'] === 'SPLIT' || texts['outcomeAffected'] === 'true';
  const fields = byAccuracy
    ? ([
        ['plan accuracy', 'The champion’s accuracy', String(known?.accuracy ?? ASSUMED), accuracyHint(known)],
        ['plan agreement', 'Both right or both wrong (share)', '0.9', 'Only where they differ is something learned.'],
      ] as const)
    : ([
        ['plan gain', 'How much better, as a share of the largest loss', '0.005', '0.005 is half a per cent.'],
        ['plan spread', 'Its standard deviation', '0.07', 'From prediction to prediction, as the same share.'],
      ] as const);
  return (
    <section aria-label="What it takes" className="tests-sizes">
      <div className="tests-fields">
        {fields.map(([name, label, first, hint]) => (
          <SizeField key={name} label={label} first={first} hint={hint} text={texts[name] ?? ''} onText={set(name)} />
        ))}
      </div>
      <Loaded of={asked} what="what it takes">
        {({ abTestSampleSizes }) => (
          <>
            <p>{sentenceOf(abTestSampleSizes, split, byAccuracy ? effect : undefined)}</p>
            <DataTable name="What each way takes" columns={COLUMNS} rows={abTestSampleSizes} keyOf={(row) => `${row.mode} ${row.feedbackOn}`} />
          </>
        )}
      </Loaded>
      <div className="buttons">
        <AsGraphQL document={SIZES} variables={settled} />
      </div>
    </section>
  );
}

interface SizeFieldProps {
  label: string;
  /** What is taken while nothing is typed. */
  first: string;
  hint: string;
  text: string;
  onText: (text: string) => void;
}

function SizeField({ label, first, hint, text, onText }: SizeFieldProps) {
  const id = useId();
  return (
    <div className="tests-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        step="any"
        placeholder={first}
        aria-describedby={`${id}-hint`}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
    </div>
  );
}

/** What is assumed of a champion of which nobody knows how often it is right. */
const ASSUMED = 0.85;
/** With fewer labels an accuracy says little. */
const ENOUGH = 100;

interface Known {
  accuracy: number;
  scored: number;
}

/** How often the champion has been right so far, where enough truths are known; a plan knows no 0 and no 1. */
function useAccuracy(endpoint: string, algorithm: string, wanted: boolean): Known | null {
  const variables = { where: { endpoint: [endpoint], algorithm: [algorithm] } };
  const { data } = useAsked(ACCURACY, variables, { pause: !wanted || algorithm === '' });
  const found = data?.requests.aggregate;
  if (!found || found.accuracy === null || found.scored < ENOUGH) return null;
  const accuracy = Math.round(Math.min(0.99, Math.max(0.01, found.accuracy)) * 1000) / 1000;
  return { accuracy, scored: found.scored };
}

function accuracyHint(known: Known | null): string {
  return known ? `Measured on ${numberText(known.scored)} labels of its own.` : 'Assumed: too few of its labels are known.';
}

const COLUMNS: Column<Size>[] = [
  { key: 'mode', head: 'Way', cell: ({ mode }) => (mode === 'PAIRED' ? 'paired' : 'split') },
  { key: 'on', head: 'Truth is told of', cell: ({ feedbackOn }) => feedbackOn },
  { key: 'requests', head: 'Predictions', numeric: true, cell: ({ requests }) => numberText(requests) },
  { key: 'feedbacks', head: 'Labels', numeric: true, cell: ({ feedbacks }) => numberText(feedbacks) },
  {
    key: 'until',
    head: 'By when',
    cell: ({ until }) => (until ? <Time at={until} date /> : <span className="soft">not known: nothing came in last week</span>),
  },
];

/** The plan in a sentence: how many labels, and by when. */
function sentenceOf(sizes: readonly Size[], split: boolean, effect: number | undefined): string {
  const size = sizes.find(({ mode }) => mode === (split ? 'SPLIT' : 'PAIRED'));
  if (!size || size.feedbacks === null) return 'More than anybody will ever have: look for a larger difference.';
  const found = effect === undefined ? 'such a difference' : `a difference of ${numberText(effect * 100, 4)} ${effect === 0.01 ? 'point' : 'points'}`;
  const when = size.until ? `, by ${new Date(size.until).toLocaleDateString(undefined, { dateStyle: 'long' })}` : '';
  return `With ${numberText(size.feedbacks)} labels${when}, ${found} is found with a chance of 80 %. Half of all tests end much earlier.`;
}

/** A value once it has been still for a moment. */
function useSettled<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), PAUSE);
    return () => window.clearTimeout(timer);
  }, [text]);
  return JSON.parse(settled) as Value;
}
