import { getRouteApi } from '@tanstack/react-router';
import { useId } from 'react';

import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import { useAsked } from '../../graph/asked';
import { Calibration } from './calibration';
import { ByClass, Confusion } from './confusion';
import { beginOf, type Day, endOf } from './days';
import type { Endpoint } from './quality';
import { FIGURES_QUERY, nameOf, type Period } from './queries';

const route = getRouteApi('/quality');

interface Row {
  /** The algorithm's id; empty for all together. */
  id: string;
  name: string;
  period: Period;
}

/** The figures of all these days: of each algorithm, and of all together. */
export function FiguresOf({ endpoint, from, to }: { endpoint: Endpoint; from: Day; to: Day }) {
  const id = useId();
  const variables = { name: endpoint.name, from: beginOf(from), before: endOf(to) };
  const asked = useAsked(FIGURES_QUERY, variables);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>All days together</h2>
      <Loaded of={asked} what="the figures">
        {({ endpoint: found }) => {
          const each = (found?.each.periods ?? []).map((period) => ({ id: period.algorithm?.id ?? 'none', name: nameOf(period.algorithm), period }));
          const all = found?.all.periods[0];
          if (!all) return <Empty title="Nothing was asked in these days." />;
          const rows = each.length > 1 ? [...each, { id: '', name: 'All together', period: all }] : each;
          return (
            <>
              <DataTable
                name="Figures of each algorithm"
                columns={endpoint.kind === 'REGRESSOR' ? OF_REGRESSORS : ofClassifiers(endpoint)}
                rows={rows}
                keyOf={(row) => row.id}
              />
              <Words endpoint={endpoint} />
              <p className="buttons">
                <AsGraphQL document={FIGURES_QUERY} variables={variables} />
              </p>
              {endpoint.kind === 'REGRESSOR' ? null : <Details rows={rows} endpoint={endpoint} actions={<AsGraphQL document={FIGURES_QUERY} variables={variables} />} />}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Words({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.kind === 'REGRESSOR') {
    return (
      <p className="hint">
        Root-mean-square error, mean absolute error and bias (answer minus truth){endpoint.unit ? ` in ${endpoint.unit}` : null}: 0 is perfect.
      </p>
    );
  }
  return (
    <p className="hint">
      {endpoint.positiveClass
        ? `Precision, recall and F1 are those of the class ${endpoint.positiveClass}.`
        : 'Precision, recall and F1 are means over the classes.'}{' '}
      AUC: 0.5 is guessing, 1 is perfect. Brier score and ECE (expected calibration error): 0 is perfect.
    </p>
  );
}

function Details({ rows, endpoint, actions }: { rows: Row[]; endpoint: Endpoint; actions: React.ReactNode }) {
  const id = useId();
  const navigate = route.useNavigate();
  const { of } = route.useSearch();
  const chosen = rows.find((row) => row.id === (of ?? '')) ?? rows[0];
  if (!chosen) return null;
  return (
    <>
      <div className="quality-choices">
        <div className="quality-choice">
          <label htmlFor={id}>Classes and probabilities of</label>
          <select
            id={id}
            value={chosen.id}
            onChange={(event) => void navigate({ search: (now) => ({ ...now, of: event.target.value || undefined }), replace: true })}
          >
            {rows.map((row) => (
              <option key={row.id} value={row.id}>
                {row.name}
              </option>
            ))}
          </select>
        </div>
      </div>
      {chosen.period.aggregate.scored === 0 ? (
        <Empty title="No ground truth is known of these answers yet.">
          <p>Once truths are told, this shows which classes are mistaken for each other, and what probabilities are worth.</p>
        </Empty>
      ) : (
        <div className="quality-pair">
          <div>
            {chosen.period.labels ? <Confusion labels={chosen.period.labels} classes={endpoint.classes ?? []} actions={actions} /> : null}
          </div>
          <div>
            {chosen.period.probabilities ? (
              <Calibration probabilities={chosen.period.probabilities} positive={endpoint.positiveClass ?? null} actions={actions} />
            ) : null}
          </div>
          {chosen.period.labels ? <ByClass labels={chosen.period.labels} /> : null}
        </div>
      )}
    </>
  );
}

type Get = (period: Period) => number | null | undefined;

function column(key: string, head: string, get: Get, shown: (value: number | null | undefined) => string): Column<Row> {
  return { key, head, cell: ({ period }) => shown(get(period)), value: ({ period }) => get(period), numeric: true };
}

const THREE = new Intl.NumberFormat(undefined, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const TWO = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

// One below the other, figures are easier to compare with as many digits behind each point.
const three = (value: number | null | undefined) => (value === null || value === undefined ? '–' : THREE.format(value));
const two = (value: number | null | undefined) => (value === null || value === undefined ? '–' : TWO.format(value));
const share = (value: number | null | undefined) => (value === null || value === undefined ? '–' : PERCENT.format(value));
const NAME: Column<Row> = { key: 'name', head: 'Algorithm', cell: ({ name }) => <span className="figure">{name}</span> };
const SHARED: readonly Column<Row>[] = [
  column('count', 'Requests', ({ aggregate }) => aggregate.count, numberText),
  column('feedback', 'Feedback rate', ({ feedbackRate }) => feedbackRate, share),
  column('scored', 'Scored', ({ aggregate }) => aggregate.scored, numberText),
];

const OF_REGRESSORS: readonly Column<Row>[] = [
  NAME,
  ...SHARED,
  column('rmse', 'RMSE', ({ aggregate }) => aggregate.rmse, two),
  column('mae', 'MAE', ({ aggregate }) => aggregate.mae, two),
  column('bias', 'Bias', ({ aggregate }) => aggregate.bias, two),
];

function ofClassifiers({ positiveClass }: Endpoint): Column<Row>[] {
  return [
    NAME,
    ...SHARED,
    column('accuracy', 'Accuracy', ({ aggregate }) => aggregate.accuracy, share),
    column('precision', 'Precision', ({ labels }) => (positiveClass ? labels?.positiveClass?.precision : labels?.macroPrecision), share),
    column('recall', 'Recall', ({ labels }) => (positiveClass ? labels?.positiveClass?.recall : labels?.macroRecall), share),
    column('f1', 'F1', ({ labels }) => (positiveClass ? labels?.positiveClass?.f1 : labels?.macroF1), three),
    column('auc', 'AUC', ({ probabilities }) => probabilities?.auc, three),
    column('brier', 'Brier', ({ probabilities }) => probabilities?.brier, three),
    column('ece', 'ECE', ({ probabilities }) => probabilities?.calibrationError, three),
  ];
}
