import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useId, useMemo } from 'react';

import { Chart, type Plot } from '../../components/chart';
import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import { useAsked } from '../../graph/asked';
import { BUCKETS, type FigureName, figuresOf, OVER_TIME } from './choices';
import { beginOf, type Day, dayText, endOf, shortDayText } from './days';
import type { Endpoint } from './quality';
import { nameOf, OVER_TIME_QUERY, type OverTimePeriod } from './queries';

const route = getRouteApi('/quality');
const BUCKET_WORDS = { DAY: 'Day', WEEK: 'Week', MONTH: 'Month' } as const;
const COLOURS = ['var(--champion)', 'var(--challenger)', 'var(--third)', 'var(--good)', 'var(--bad)', 'var(--soft)'];
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const;

/** One figure by day, week or month, each algorithm with a line of its own. */
export function OverTime({ endpoint, from, to }: { endpoint: Endpoint; from: Day; to: Day }) {
  const id = useId();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const { bucket = 'DAY' } = search;
  const figures = figuresOf(endpoint.kind);
  const figure = figures.find((one) => one === search.figure) ?? figures[0] ?? 'requests';
  const variables = { name: endpoint.name, from: beginOf(from), before: endOf(to), bucket };
  const asked = useAsked(OVER_TIME_QUERY, variables);
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Over time</h2>
      <div className="quality-choices">
        <div className="quality-choice">
          <label htmlFor={`${id}-figure`}>Figure</label>
          <select
            id={`${id}-figure`}
            value={figure}
            onChange={(event) => {
              const chosen = figures.find((one) => one === event.target.value);
              void navigate({ search: (now) => ({ ...now, figure: chosen }), replace: true });
            }}
          >
            {figures.map((one) => (
              <option key={one} value={one}>
                {OVER_TIME[one].text}
              </option>
            ))}
          </select>
        </div>
        <div className="quality-choice">
          <label htmlFor={`${id}-bucket`}>By</label>
          <select
            id={`${id}-bucket`}
            value={bucket}
            onChange={(event) => {
              const chosen = BUCKETS.find((one) => one === event.target.value);
              void navigate({ search: (now) => ({ ...now, bucket: chosen }), replace: true });
            }}
          >
            {BUCKETS.map((one) => (
              <option key={one} value={one}>
                {BUCKET_WORDS[one]}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Loaded of={asked} what="the figures over time">
        {({ endpoint: found }) => {
          const periods = found?.quality.periods ?? [];
          if (periods.length === 0) return <NoRequests />;
          return (
            <>
              {found?.quality.periodsAreCapped ? (
                <p className="badge warn">Only the first 1,000 figures are shown: choose longer periods or fewer days.</p>
              ) : null}
              <Lines
                periods={periods}
                figure={figure}
                unit={endpoint.unit ?? ''}
                bucket={BUCKET_WORDS[bucket]}
                actions={<AsGraphQL document={OVER_TIME_QUERY} variables={variables} />}
              />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function NoRequests() {
  return (
    <Empty title="Nothing was asked in these days.">
      <p>Choose other days, or another endpoint.</p>
    </Empty>
  );
}

interface LinesProps {
  periods: OverTimePeriod[];
  figure: FigureName;
  unit: string;
  bucket: string;
  actions: React.ReactNode;
}

function Lines({ periods, figure, unit, bucket, actions }: LinesProps) {
  const { text, of, shown, share } = OVER_TIME[figure];
  const points = useMemo(
    () =>
      periods.map((period) => ({
        period,
        at: new Date(period.bucketStart ?? 0),
        algorithm: nameOf(period.algorithm),
        value: of(period) ?? null,
      })),
    [periods, of],
  );
  const names = useMemo(() => [...new Set(points.map(({ algorithm }) => algorithm))].toSorted(), [points]);
  const draw = useCallback(
    (plot: Plot, width: number) =>
      plot.plot({
        width,
        height: 260,
        marginLeft: 60,
        x: { type: 'utc', label: null, ticks: Math.max(2, Math.floor(width / 110)), tickFormat: shortDayText },
        y: { grid: true, label: null, nice: true, zero: figure !== 'accuracy', tickFormat: (value: number) => shown(value, '') },
        color: { domain: names, range: COLOURS },
        symbol: { domain: names, range: [...SYMBOLS] },
        marks: [
          ...(figure === 'bias' ? [plot.ruleY([0], { stroke: 'var(--soft)' })] : []),
          plot.lineY(points, { x: 'at', y: 'value', z: 'algorithm', stroke: 'algorithm', strokeWidth: 1.75 }),
          plot.dot(
            points.filter(({ value }) => value !== null),
            { x: 'at', y: 'value', fill: 'algorithm', symbol: 'algorithm', r: 3.5, title: ({ at, algorithm, value }: (typeof points)[number]) => `${algorithm}, ${dayText(at.toISOString())}: ${shown(value, unit)}` },
          ),
        ],
      }),
    [points, names, figure, shown, unit],
  );
  const columns: Column<(typeof points)[number]>[] = [
    { key: 'at', head: `${bucket} from`, cell: ({ at }) => dayText(at.toISOString()), value: ({ at }) => at.getTime() },
    { key: 'algorithm', head: 'Algorithm', cell: ({ algorithm }) => algorithm, value: ({ algorithm }) => algorithm },
    { key: 'value', head: text, cell: ({ value }) => shown(value, unit), value: ({ value }) => value, numeric: true },
    { key: 'scored', head: 'Scored', cell: ({ period }) => numberText(period.aggregate.scored), value: ({ period }) => period.aggregate.scored, numeric: true },
    { key: 'count', head: 'Requests', cell: ({ period }) => numberText(period.aggregate.count), value: ({ period }) => period.aggregate.count, numeric: true },
  ];
  if (points.every(({ value }) => value === null)) {
    return (
      <Empty title="No ground truth of these days is known yet, so there is nothing to score.">
        <p>Truths are told with feedback; requests and latencies are known without.</p>
      </Empty>
    );
  }
  return (
    <Chart
      title={`${text} by ${bucket.toLowerCase()}${share || unit === '' || !['rmse', 'mae', 'bias'].includes(figure) ? '' : `, in ${unit}`}`}
      summary={summaryOf(points, names, (value) => shown(value, unit))}
      draw={draw}
      table={<DataTable name={`${text} over time`} columns={columns} rows={points} keyOf={({ at, algorithm }) => `${at.getTime()} ${algorithm}`} />}
      actions={
        <>
          <ul className="quality-legend" aria-label="Lines">
            {names.map((name, place) => (
              <li key={name}>
                <Sign place={place} /> {name}
              </li>
            ))}
          </ul>
          {actions}
        </>
      }
    />
  );
}

/** Each line's newest figure, in a sentence. */
function summaryOf(
  points: readonly { at: Date; algorithm: string; value: number | null }[],
  names: readonly string[],
  shown: (value: number) => string,
): string {
  const parts = names.flatMap((name) => {
    const own = points.filter(({ algorithm, value }) => algorithm === name && value !== null);
    const last = own.reduce<(typeof own)[number] | undefined>((found, one) => (found && found.at > one.at ? found : one), undefined);
    return last?.value === undefined || last.value === null ? [] : [`${name} ${shown(last.value)} (${shortDayText(last.at)})`];
  });
  return `Newest: ${parts.join(', ')}.`;
}

const SHAPES = ['●', '■', '▲', '◆', '★', '✚'];

function Sign({ place }: { place: number }) {
  return (
    <span aria-hidden="true" style={{ color: COLOURS[place % COLOURS.length] }}>
      {SHAPES[place % SHAPES.length]}
    </span>
  );
}
