import { useId } from 'react';

import { type Column, DataTable } from '../../components/data-table';
import { numberText, percentText } from '../../components/values';
import type { Period } from './queries';

type Labels = NonNullable<Period['labels']>;

/** How often each class was answered for each truth: a table whose shades follow the share of each truth. */
export function Confusion({ labels, classes, actions }: { labels: Labels; classes: readonly string[]; actions: React.ReactNode }) {
  const id = useId();
  const { confusion } = labels;
  const names = [...new Set([...classes, ...confusion.flatMap(({ label, truth }) => [label, truth])])].filter(
    (name) => classes.length <= 12 || confusion.some(({ label, truth }) => label === name || truth === name),
  );
  const countOf = (truth: string, label: string) =>
    confusion.find((cell) => cell.truth === truth && cell.label === label)?.count ?? 0;
  const sumOf = (truth: string) => names.reduce((sum, label) => sum + countOf(truth, label), 0);
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <span id={id} className="chart-title">
          Which classes are mistaken for each other
        </span>
      </figcaption>
      <p className="soft">A row is what was true, a column what was answered. The share is that of the truth.</p>
      <section className="scroll" aria-label="Confusion" tabIndex={0}>
        <table className="quality-confusion">
          <thead>
            <tr>
              <th scope="col">True ↓ answered →</th>
              {names.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((truth) => (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {names.map((label) => (
                  <Cell key={label} count={countOf(truth, label)} of={sumOf(truth)} right={truth === label} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="buttons">{actions}</div>
    </figure>
  );
}

function Cell({ count, of, right }: { count: number; of: number; right: boolean }) {
  const share = of > 0 ? count / of : 0;
  const colour = right ? 'var(--good)' : 'var(--challenger)';
  return (
    <td data-right={right} style={{ background: `color-mix(in oklab, ${colour} ${Math.round(share * 45)}%, var(--panel))` }}>
      <span className="quality-count">{numberText(count)}</span>
      <span className="small">{of > 0 ? percentText(share, 0) : null}</span>
      <span className="hidden-text">{right ? ', right' : count > 0 ? ', wrong' : null}</span>
    </td>
  );
}

/** Precision, recall and F1 of each class. */
export function ByClass({ labels }: { labels: Labels }) {
  type Row = Labels['classes'][number];
  const columns: Column<Row>[] = [
    { key: 'label', head: 'Class', cell: ({ label }) => label },
    { key: 'actual', head: 'True', cell: ({ actual }) => numberText(actual), value: ({ actual }) => actual, numeric: true },
    { key: 'answered', head: 'Answered', cell: ({ answered }) => numberText(answered), value: ({ answered }) => answered, numeric: true },
    { key: 'hits', head: 'Hits', cell: ({ hits }) => numberText(hits), value: ({ hits }) => hits, numeric: true },
    { key: 'precision', head: 'Precision', cell: ({ precision }) => percentText(precision), value: ({ precision }) => precision, numeric: true },
    { key: 'recall', head: 'Recall', cell: ({ recall }) => percentText(recall), value: ({ recall }) => recall, numeric: true },
    { key: 'f1', head: 'F1', cell: ({ f1 }) => numberText(f1, 3), value: ({ f1 }) => f1, numeric: true },
  ];
  return (
    <div className="quality-wide">
      <h3>By class</h3>
      <DataTable name="Figures of each class" columns={columns} rows={labels.classes} keyOf={({ label }) => label} />
    </div>
  );
}
