import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useId, useMemo } from 'react';

import { Chart, type Plot } from '../../components/chart';
import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import type { DriftShift } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { Between } from './between';
import { beginOf, endOf, moved, today } from './days';
import type { Endpoint } from './quality';
import { type Drift, DRIFT_QUERY, type ValueDrift } from './queries';
import { Values } from './values';

const route = getRouteApi('/quality');

/** From here on an index says that something moved, and that it moved much. */
const SOME = 0.1;
const LARGE = 0.25;
/** Longer bars would only make the thresholds hard to see; the figure stands beside each bar. */
const MOST = 1;

const SHIFTS: Record<DriftShift, { text: string; look: string; colour: string }> = {
  NONE: { text: 'steady', look: 'badge good', colour: 'var(--good)' },
  SOME: { text: 'moved', look: 'badge warn', colour: 'var(--warn)' },
  LARGE: { text: 'moved much', look: 'badge bad', colour: 'var(--bad)' },
};

interface Row {
  key: string;
  name: string;
  drift: ValueDrift;
}

/** Whether what is asked and answered now is as it was in a period of reference. */
export function DriftOf({ endpoint }: { endpoint: Endpoint }) {
  const id = useId();
  const navigate = route.useNavigate();
  const { now: [from = moved(today(), -6), to = today()] = [], reference = [] } = route.useSearch();
  const [first = moved(from, -28), last = moved(from, -1)] = reference;
  const variables = {
    name: endpoint.name,
    from: beginOf(from),
    before: endOf(to),
    referenceFrom: beginOf(first),
    referenceBefore: endOf(last),
  };
  const asked = useAsked(DRIFT_QUERY, variables);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>Drift</h2>
      <p className="lead">How far answers and features have moved between two periods.</p>
      <div className="quality-choices">
        <Between
          name="Reference"
          from={first}
          to={last}
          onChange={(days) => void navigate({ search: (search) => ({ ...search, reference: [days.from, days.to] }), replace: true })}
        />
        <Between
          name="Now"
          from={from}
          to={to}
          onChange={(days) => void navigate({ search: (search) => ({ ...search, now: [days.from, days.to] }), replace: true })}
        />
      </div>
      <Loaded of={asked} what="drift">
        {({ endpoint: found }) =>
          found?.drift ? (
            <Shown drift={found.drift} endpoint={endpoint} actions={<AsGraphQL document={DRIFT_QUERY} variables={variables} />} />
          ) : (
            <Empty title={`${endpoint.name} is not served any more: its declaration is no longer installed.`} />
          )
        }
      </Loaded>
    </section>
  );
}

function Shown({ drift, endpoint, actions }: { drift: Drift; endpoint: Endpoint; actions: React.ReactNode }) {
  const rows = useMemo(() => rowsOf(drift), [drift]);
  const { values } = route.useSearch();
  const chosen = rows.find(({ key }) => key === values) ?? rows[0];
  const missing = [drift.requests === 0 ? 'now' : null, drift.referenceRequests === 0 ? 'in the reference' : null].filter(Boolean);
  const notes = <Notes drift={drift} />;
  if (missing.length > 0) {
    return (
      <>
        <Empty title={`No requests are counted ${missing.join(' and ')}: there is nothing to compare.`}>
          <p>Choose other days.</p>
        </Empty>
        {notes}
      </>
    );
  }
  return (
    <>
      <Indices rows={rows} drift={drift} actions={actions} />
      {chosen ? <Values key={chosen.key} rows={rows} chosen={chosen} endpoint={endpoint} actions={actions} /> : null}
      {notes}
    </>
  );
}

function Indices({ rows, drift, actions }: { rows: Row[]; drift: Drift; actions: React.ReactNode }) {
  const known = useMemo(() => rows.filter(({ drift: { index } }) => index !== null), [rows]);
  const draw = useCallback((plot: Plot, width: number) => picture(plot, width, known), [known]);
  return (
    <Chart
      title="What has moved"
      summary={summaryOf(known, drift)}
      draw={draw}
      table={<DataTable name="Stability indices" columns={COLUMNS} rows={rows} keyOf={({ key }) => key} />}
      actions={actions}
    />
  );
}

/** Which have moved and how much, in sentences. */
function summaryOf(known: readonly Row[], drift: Drift): string {
  const namesOf = (wanted: DriftShift) =>
    known.filter((row) => row.drift.shift === wanted && !perhapsByChance(row.drift)).map(({ name }) => name);
  const [much, some] = [namesOf('LARGE'), namesOf('SOME')];
  const perhaps = known.filter((row) => perhapsByChance(row.drift)).map(({ name }) => name);
  return [
    much.length === 0 ? 'Nothing has moved much.' : `Moved much (PSI ${numberText(LARGE)} or more): ${much.join(', ')}.`,
    ...(some.length === 0 ? [] : [`Moved (from ${numberText(SOME)}): ${some.join(', ')}.`]),
    ...(perhaps.length === 0 ? [] : [`Perhaps by chance alone: ${perhaps.join(', ')}.`]),
    `${numberText(drift.requests)} requests now, ${numberText(drift.referenceRequests)} in the reference.`,
    'The short line in a row is what chance alone makes of so few.',
  ].join(' ');
}

/** A bar for each index beside the two thresholds, and a short line for what chance makes. */
function picture(plot: Plot, width: number, known: readonly Row[]): Element {
  return plot.plot({
    width,
    height: 56 + 24 * known.length,
    marginLeft: Math.min(170, Math.max(96, width * 0.3)),
    marginTop: 26,
    marginRight: 44,
    x: { label: 'Stability index (PSI) →', grid: true, nice: true, domain: [0, Math.min(MOST, Math.max(0.3, ...known.map((row) => row.drift.index ?? 0)))], clamp: true, ticks: Math.max(3, Math.floor(width / 110)) },
    y: { domain: known.map(({ name }) => name), label: null, tickFormat: (name: string) => (width < 420 && name.length > 13 ? `${name.slice(0, 12)}…` : name) },
    marks: [
      plot.barX(known, { x: (row: Row) => row.drift.index, y: 'name', fill: (row: Row) => (perhapsByChance(row.drift) ? 'var(--soft)' : SHIFTS[row.drift.shift ?? 'NONE'].colour), insetTop: 3, insetBottom: 3, title: indexText }),
      plot.text(known, { x: (row: Row) => row.drift.index, y: 'name', text: (row: Row) => numberText(row.drift.index), textAnchor: 'start', dx: 6, fill: 'var(--text)' }),
      plot.tickX(known, { x: (row: Row) => row.drift.byChance, y: 'name', stroke: 'var(--text)', strokeWidth: 2 }),
      plot.ruleX([0], { stroke: 'var(--soft)' }),
      plot.ruleX([SOME, LARGE], { stroke: 'var(--soft)', strokeDasharray: '4,4' }),
      plot.text([SOME, LARGE], { x: (value: number) => value, frameAnchor: 'top', dy: -14, text: (value: number) => numberText(value), fill: 'var(--text)' }),
    ],
  });
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', head: 'Values of', cell: ({ name }) => name, value: ({ name }) => name },
  { key: 'index', head: 'PSI', cell: ({ drift }) => numberText(drift.index, 3), value: ({ drift }) => drift.index, numeric: true },
  { key: 'chance', head: 'By chance', cell: ({ drift }) => numberText(drift.byChance, 3), value: ({ drift }) => drift.byChance, numeric: true },
  { key: 'shift', head: 'It says', cell: ({ drift }) => <Says of={drift} /> },
  { key: 'p', head: 'p, to inform', cell: ({ drift }) => numberText(drift.pValue, 4), value: ({ drift }) => drift.pValue, numeric: true },
  { key: 'count', head: 'Now', cell: ({ drift }) => numberText(drift.count), value: ({ drift }) => drift.count, numeric: true },
  { key: 'reference', head: 'Reference', cell: ({ drift }) => numberText(drift.referenceCount), value: ({ drift }) => drift.referenceCount, numeric: true },
];

function Says({ of }: { of: ValueDrift }) {
  if (!of.shift) return 'nothing to compare';
  if (perhapsByChance(of)) return <span className="badge">{`${SHIFTS[of.shift].text}, perhaps by chance`}</span>;
  return <span className={SHIFTS[of.shift].look}>{SHIFTS[of.shift].text}</span>;
}

/** Whether an index is over a threshold, but not well above what chance makes of so few. */
function perhapsByChance({ index, byChance, shift }: ValueDrift): boolean {
  return shift !== null && shift !== 'NONE' && (index ?? 0) < 2 * (byChance ?? 0);
}

/** What is not counted, and therefore not seen. */
function Notes({ drift }: { drift: Drift }) {
  const uncounted = drift.uncounted + drift.referenceUncounted;
  return (
    <>
      {uncounted > 0 ? (
        <p className="hint">
          {numberText(uncounted)} requests of an older release are not counted yet: <code>arbiter rebuild-summary</code> counts them.
        </p>
      ) : null}
      {drift.unwatched.length > 0 ? (
        <p className="hint">Never counted, since they are private or free texts: {drift.unwatched.join(', ')}.</p>
      ) : null}
    </>
  );
}

/** Everything that is watched, what moved most first. */
function rowsOf({ answers, probabilities, features }: Drift): Row[] {
  const rows: Row[] = [
    { key: 'answers', name: 'Answers', drift: answers },
    ...(probabilities ? [{ key: 'probabilities', name: 'Probabilities', drift: probabilities }] : []),
    ...features.map((drift) => ({ key: `feature:${drift.feature ?? ''}`, name: drift.feature ?? '', drift })),
  ];
  return rows.toSorted((one, other) => (other.drift.index ?? -1) - (one.drift.index ?? -1));
}

function indexText({ name, drift }: Row): string {
  return `${name}: ${numberText(drift.index, 3)}, by chance ${numberText(drift.byChance, 3)}`;
}
