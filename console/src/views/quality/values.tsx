import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useId, useMemo } from 'react';

import { Chart, type Plot } from '../../components/chart';
import { type Column, DataTable } from '../../components/data-table';
import { numberText, percentText } from '../../components/values';
import type { Endpoint } from './quality';
import type { DriftBin, ValueDrift } from './queries';

const route = getRouteApi('/quality');

interface Named {
  key: string;
  name: string;
  drift: ValueDrift;
}

interface Bin {
  name: string;
  bin: DriftBin;
}

interface ValuesProps {
  rows: readonly Named[];
  chosen: Named;
  endpoint: Endpoint;
  actions: React.ReactNode;
}

/** The shares of one feature's values, or of the answers, in both periods. */
export function Values({ rows, chosen, endpoint, actions }: ValuesProps) {
  const id = useId();
  const navigate = route.useNavigate();
  const bins = useMemo(() => chosen.drift.bins.map((bin) => ({ name: binText(bin), bin })), [chosen]);
  const draw = useCallback((plot: Plot, width: number) => picture(plot, width, bins), [bins]);
  const most = bins.reduce<Bin | undefined>((found, one) => (found && moveOf(found) >= moveOf(one) ? found : one), undefined);
  const unit = chosen.key === 'answers' && endpoint.unit ? `, in ${endpoint.unit}` : '';
  return (
    <>
      <div className="quality-choices">
        <div className="quality-choice">
          <label htmlFor={id}>Look at</label>
          <select id={id} value={chosen.key} onChange={(event) => void navigate({ search: (now) => ({ ...now, values: event.target.value }), replace: true })}>
            {rows.map(({ key, name, drift }) => (
              <option key={key} value={key}>
                {`${name} (${numberText(drift.index, 3)})`}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Chart
        title={`Shares of ${chosen.key.startsWith('feature:') ? chosen.name : chosen.name.toLowerCase()}${unit}`}
        summary={
          most
            ? `${most.name} moved most: from ${percentText(most.bin.referenceShare)} in the reference to ${percentText(most.bin.share)} now.`
            : 'No value came in either period.'
        }
        draw={draw}
        table={<DataTable name={`Shares of ${chosen.name}`} columns={COLUMNS} rows={bins} keyOf={({ name }) => name} />}
        actions={
          <>
            <ul className="quality-legend" aria-label="Bars and dots">
              <li>
                <span aria-hidden="true" className="quality-swatch" /> Reference
              </li>
              <li>
                <span aria-hidden="true" style={{ color: 'var(--challenger)' }}>
                  ◆
                </span>{' '}
                Now
              </li>
            </ul>
            {actions}
          </>
        }
      />
    </>
  );
}

/** Bars for the reference, diamonds for now: told apart by their shape, and one above the other. */
function picture(plot: Plot, width: number, bins: readonly Bin[]): Element {
  const narrow = width < 420;
  return plot.plot({
    width,
    height: 50 + 26 * Math.max(1, bins.length),
    marginLeft: narrow ? 110 : 170,
    marginRight: 24,
    x: { label: 'Share →', grid: true, zero: true, nice: true, tickFormat: (value: number) => percentText(value, 0), ticks: Math.max(3, Math.floor(width / 110)) },
    y: { domain: bins.map(({ name }) => name), label: null, tickFormat: (name: string) => shortened(name, narrow ? 15 : 24) },
    marks: [
      plot.barX(bins, { x: ({ bin }: Bin) => bin.referenceShare, y: 'name', fill: 'var(--champion)', fillOpacity: 0.35, stroke: 'var(--champion)', insetTop: 4, insetBottom: 4, title: textOf }),
      plot.dot(bins, { x: ({ bin }: Bin) => bin.share, y: 'name', symbol: 'diamond', r: 5, fill: 'var(--challenger)', title: textOf }),
      plot.ruleX([0], { stroke: 'var(--soft)' }),
    ],
  });
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

const COLUMNS: readonly Column<Bin>[] = [
  { key: 'name', head: 'Values', cell: ({ name }) => name },
  { key: 'referenceShare', head: 'Share, reference', cell: ({ bin }) => percentText(bin.referenceShare), value: ({ bin }) => bin.referenceShare, numeric: true },
  { key: 'share', head: 'Share, now', cell: ({ bin }) => percentText(bin.share), value: ({ bin }) => bin.share, numeric: true },
  { key: 'referenceCount', head: 'Reference', cell: ({ bin }) => numberText(bin.referenceCount), value: ({ bin }) => bin.referenceCount, numeric: true },
  { key: 'count', head: 'Now', cell: ({ bin }) => numberText(bin.count), value: ({ bin }) => bin.count, numeric: true },
];

function moveOf({ bin }: Bin): number {
  return Math.abs((bin.share ?? 0) - (bin.referenceShare ?? 0));
}

function binText({ text, low, high, missing }: DriftBin): string {
  if (missing) return 'no value';
  if (text !== null && text !== undefined) return text;
  const [from, to] = [low ?? null, high ?? null];
  if (from !== null && to !== null) return `${numberText(from)} to ${numberText(to)}`;
  if (from !== null) return `${numberText(from)} or more`;
  return to === null ? 'other texts' : `below ${numberText(to)}`;
}

function textOf({ name, bin }: Bin): string {
  return `${name}: ${percentText(bin.referenceShare)} in the reference, ${percentText(bin.share)} now`;
}
