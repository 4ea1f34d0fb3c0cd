import { useCallback, useMemo } from 'react';

import { Chart, type Plot } from '../../components/chart';
import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import type { TestSeriesQuery } from '../../gql/graphql';
import { type Looked, SERIES } from './queries';
import { differenceText, evidenceText, isRatio } from './words';

const HEIGHT = 280;
/** Evidence below this is drawn as this: a logarithm knows no 0. */
const LEAST = 1e-3;
/** The first figures are so wide that nothing could be seen beside them: the axis fits what comes after this share. */
const EARLY = 0.5;

interface Moment {
  feedback: number;
  estimate: number;
  low: number | null;
  high: number | null;
}
type Point = NonNullable<TestSeriesQuery['abTest']>['series'][number];

/** How the result came about: the interval, and the evidence. */
export function Charts({ test, data }: { test: Looked; data: TestSeriesQuery }) {
  const series = data.abTest?.series ?? [];
  if (series.length === 0) {
    return (
      <Empty title="No ground truth has come yet.">
        <p>As soon as truths are told, their course is drawn here.</p>
      </Empty>
    );
  }
  return (
    <div className="columns tests-charts">
      <IntervalChart test={test} series={series} />
      <EvidenceChart test={test} series={series} />
    </div>
  );
}

function IntervalChart({ test, series }: { test: Looked; series: readonly Point[] }) {
  const { metric } = test.plan;
  const ratio = isRatio(metric);
  const scale = metric === 'ACCURACY' ? 100 : 1;
  const none = ratio ? 1 : 0;
  const moments = useMemo(() => momentsOf(series), [series]);
  const text = (value: number | null | undefined) => (ratio ? numberText(value, 3) : differenceText(metric, value));
  const draw = useCallback(
    (plot: Plot, width: number) => drawInterval(plot, width, moments, { ratio, scale, none }),
    [moments, ratio, scale, none],
  );
  const last = moments.at(-1);
  const summary = last
    ? `After ${numberText(last.feedback)} labels ${ratio ? 'the challenger’s error is' : 'the lead is'} ${text(last.estimate)}${ratio ? ' times the champion’s' : ''}, between ${text(last.low)} and ${text(last.high)}. The verdict falls when the band leaves the line.`
    : 'The figures cannot say anything yet.';
  const columns: Column<Moment>[] = [
    { key: 'feedback', head: 'Labels', numeric: true, cell: (row) => numberText(row.feedback), value: (row) => row.feedback },
    { key: 'estimate', head: ratio ? 'Ratio' : 'Lead', numeric: true, cell: (row) => text(row.estimate), value: (row) => row.estimate },
    { key: 'low', head: 'From', numeric: true, cell: (row) => text(row.low), value: (row) => row.low },
    { key: 'high', head: 'To', numeric: true, cell: (row) => text(row.high), value: (row) => row.high },
  ];
  return (
    <Chart
      title={ratio ? 'Challenger’s error ÷ champion’s' : 'Lead of the challenger'}
      summary={summary}
      draw={draw}
      table={<DataTable name="The interval by labels" columns={columns} rows={moments} keyOf={(row) => String(row.feedback)} />}
      actions={<AsGraphQL document={SERIES} variables={{ id: test.id }} />}
    />
  );
}

interface Scaling {
  ratio: boolean;
  scale: number;
  none: number;
}

function drawInterval(plot: Plot, width: number, moments: readonly Moment[], { ratio, scale, none }: Scaling): Element {
  const rows = moments.map(({ feedback, estimate, low, high }) => ({
    feedback,
    estimate: estimate * scale,
    low: low === null ? Number.NaN : low * scale,
    high: high === null ? Number.NaN : high * scale,
  }));
  const settled = rows.slice(Math.min(rows.length - 1, Math.floor(rows.length * EARLY)));
  const seen = settled.flatMap(({ low, high, estimate }) => [low, high, estimate]).filter(Number.isFinite);
  const [least, most] = [Math.min(none, ...seen), Math.max(none, ...seen)];
  const room = (most - least) * 0.05 || 1;
  return plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 50,
    x: { label: 'labels →', nice: true },
    y: { label: ratio ? '↓ challenger better' : '↑ challenger better', domain: [least - room, most + room], grid: true },
    marks: [
      plot.areaY(rows, { x: 'feedback', y1: 'low', y2: 'high', fill: 'var(--challenger)', fillOpacity: 0.18, clip: true }),
      plot.lineY(rows, { x: 'feedback', y: 'low', stroke: 'var(--challenger)', strokeOpacity: 0.5, strokeWidth: 1, clip: true }),
      plot.lineY(rows, { x: 'feedback', y: 'high', stroke: 'var(--challenger)', strokeOpacity: 0.5, strokeWidth: 1, clip: true }),
      plot.ruleY([none], { stroke: 'var(--text)', strokeDasharray: '5 4', strokeWidth: 1.5 }),
      plot.lineY(rows, { x: 'feedback', y: 'estimate', stroke: 'var(--challenger)', strokeWidth: 2.5, clip: true }),
      plot.text(['no difference'], { frameAnchor: 'right', y: none, dy: -7, fill: 'var(--text)' }),
    ],
  });
}

function EvidenceChart({ test, series }: { test: Looked; series: readonly Point[] }) {
  const needed = 1 / test.plan.alpha;
  const rows = useMemo(
    () => series.flatMap(({ feedback, eValue }) => (eValue === null ? [] : [{ feedback, eValue }])),
    [series],
  );
  const draw = useCallback((plot: Plot, width: number) => drawEvidence(plot, width, rows, needed), [rows, needed]);
  const last = rows.at(-1);
  return (
    <Chart
      title="Evidence that they differ"
      summary={
        last
          ? `After ${numberText(last.feedback)} labels the evidence is ${evidenceText(last.eValue)}. The verdict falls at ${numberText(needed)}.`
          : 'The figures cannot say anything yet.'
      }
      draw={draw}
      table={
        <DataTable
          name="The evidence by labels"
          columns={[
            { key: 'feedback', head: 'Labels', numeric: true, cell: (row) => numberText(row.feedback), value: (row) => row.feedback },
            { key: 'evidence', head: 'Evidence', numeric: true, cell: (row) => evidenceText(row.eValue), value: (row) => row.eValue },
          ]}
          rows={rows}
          keyOf={(row) => String(row.feedback)}
        />
      }
      actions={<AsGraphQL document={SERIES} variables={{ id: test.id }} />}
    />
  );
}

interface Evidence {
  feedback: number;
  eValue: number;
}

function drawEvidence(plot: Plot, width: number, given: readonly Evidence[], needed: number): Element {
  const rows = given.map(({ feedback, eValue }) => ({ feedback, eValue: Math.max(eValue, LEAST) }));
  const seen = rows.map(({ eValue }) => eValue);
  return plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 50,
    x: { label: 'labels →', nice: true },
    y: {
      type: 'log',
      label: '↑ evidence (log)',
      domain: [Math.min(0.5, ...seen) / 1.3, Math.max(needed, ...seen) * 2],
      ticks: 5,
      tickFormat: (value: number) => evidenceText(value),
      grid: true,
    },
    marks: [
      plot.ruleY([needed], { stroke: 'var(--text)', strokeDasharray: '5 4', strokeWidth: 1.5 }),
      plot.lineY(rows, { x: 'feedback', y: 'eValue', stroke: 'var(--third)', strokeWidth: 2.5 }),
      plot.text([`verdict at ${numberText(needed)}`], { frameAnchor: 'left', dx: 4, y: needed, dy: -7, textAnchor: 'start', fill: 'var(--text)' }),
    ],
  });
}

function momentsOf(series: readonly Point[]): Moment[] {
  return series.flatMap(({ feedback, estimate, interval }) =>
    estimate === null ? [] : [{ feedback, estimate, low: interval?.low ?? null, high: interval?.high ?? null }],
  );
}
