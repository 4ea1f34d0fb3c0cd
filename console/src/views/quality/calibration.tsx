import { useCallback } from 'react';

import { Chart, type Plot } from '../../components/chart';
import { type Column, DataTable } from '../../components/data-table';
import { numberText, percentText } from '../../components/values';
import type { Period } from './queries';

type Probabilities = NonNullable<Period['probabilities']>;
type Point = Probabilities['calibration'][number];

const DIAGONAL = [0, 1];

/** How often what was called so probable came true, beside the line of those that keep what they say. */
export function Calibration({ probabilities, positive, actions }: { probabilities: Probabilities; positive: string | null; actions: React.ReactNode }) {
  const { calibration, calibrationError, count } = probabilities;
  const draw = useCallback(
    (plot: Plot, width: number) => {
      const most = Math.max(1, ...calibration.map((point) => point.count));
      return plot.plot({
        width,
        height: Math.min(360, Math.max(240, width * 0.7)),
        marginLeft: 50,
        x: { domain: [0, 1], label: 'Probability that was said →', tickFormat: (value: number) => percentText(value, 0), ticks: 5 },
        y: { domain: [0, 1], grid: true, label: '↑ Share that came true', tickFormat: (value: number) => percentText(value, 0), ticks: 5 },
        r: { domain: [0, most], range: [2, 10] },
        marks: [
          plot.line(DIAGONAL, { x: (value: number) => value, y: (value: number) => value, stroke: 'var(--soft)', strokeDasharray: '4,4' }),
          plot.line(calibration, { x: 'meanProbability', y: 'shareTrue', stroke: 'var(--champion)', strokeWidth: 1.75 }),
          plot.dot(calibration, { x: 'meanProbability', y: 'shareTrue', r: 'count', fill: 'var(--champion)', stroke: 'var(--panel)', title: pointText }),
        ],
      });
    },
    [calibration],
  );
  const columns: Column<Point>[] = [
    { key: 'bin', head: 'Probabilities', cell: ({ low, high }) => `${percentText(low, 0)} – ${percentText(high, 0)}`, value: ({ low }) => low },
    { key: 'said', head: 'Said, on average', cell: ({ meanProbability }) => percentText(meanProbability), value: ({ meanProbability }) => meanProbability, numeric: true },
    { key: 'true', head: 'Came true', cell: ({ shareTrue }) => percentText(shareTrue), value: ({ shareTrue }) => shareTrue, numeric: true },
    { key: 'count', head: 'Requests', cell: (point) => numberText(point.count), value: (point) => point.count, numeric: true },
  ];
  const whose = positive === null ? 'of the answered label' : `of ${positive}`;
  return (
    <Chart
      title={`Calibration: what a probability ${whose} is worth`}
      summary={
        count === 0
          ? 'No probability has a ground truth yet.'
          : `On average what came true is ${percentText(calibrationError)} away from what was said, over ${numberText(count)} requests. The dashed line is perfect; the size of a dot is its number of requests.`
      }
      draw={draw}
      table={<DataTable name="Calibration" columns={columns} rows={calibration} keyOf={({ low }) => String(low)} />}
      actions={actions}
    />
  );
}

function pointText({ meanProbability, shareTrue, count }: Point): string {
  return `said ${percentText(meanProbability)}, came true ${percentText(shareTrue)} (${numberText(count)} requests)`;
}
