import { getRouteApi } from '@tanstack/react-router';
import { useId } from 'react';

import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import type { ABTestMetric, TestSlicesQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { type Looked, SLICES, WORST } from './queries';
import { differenceText, evidenceText, valueText } from './words';

const route = getRouteApi('/tests/$id');

/** Better on the whole, worse for some? */
export function Slices({ test }: { test: Looked }) {
  const { feature = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const id = useId();
  const indexed = test.endpoint.features.filter((one) => one.indexed).map(({ name }) => name);
  const names = feature === '' || indexed.includes(feature) ? indexed : [feature, ...indexed];
  return (
    <section aria-labelledby="slices" className="panel tests-part">
      <h2 id="slices">Slices: better for everybody?</h2>
      {names.length === 0 ? (
        <p className="soft">
          No feature of {test.endpoint.name} is indexed, so that nobody can be looked at apart. A feature is with{' '}
          <code>"indexed": true</code> in its declaration.
        </p>
      ) : (
        <>
          <Worst test={test} />
          <p className="buttons">
            <label htmlFor={id}>By</label>
            <select
              id={id}
              value={feature}
              onChange={(event) =>
                void navigate({ search: (now) => ({ ...now, feature: event.target.value || undefined }), resetScroll: false })
              }
            >
              <option value="">– choose a feature –</option>
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </p>
          {feature === '' ? null : <ByFeature test={test} feature={feature} />}
        </>
      )}
    </section>
  );
}

function Worst({ test }: { test: Looked }) {
  const { data } = useAsked(WORST, { id: test.id });
  const worst = data?.abTest?.worstSlice;
  if (!worst) return <p className="soft">{data ? 'No slice is known in which a leading challenger is worse.' : 'Looking for the worst slice…'}</p>;
  return (
    <p className="state tests-warn">
      Worst where <strong>{worst.feature}</strong> is <strong>{worst.value ?? 'missing'}</strong>: there the challenger’s lead is{' '}
      {differenceText(test.plan.metric, worst.difference)}, by {numberText(worst.feedback)} labels.
    </p>
  );
}

type Slice = NonNullable<TestSlicesQuery['abTest']>['slices'][number];

function ByFeature({ test, feature }: { test: Looked; feature: string }) {
  const variables = { id: test.id, feature };
  const asked = useAsked(SLICES, variables);
  return (
    <Loaded of={asked} what="the slices">
      {(data) => (
        <>
          <DataTable
            name={`The test by ${feature}`}
            columns={columnsOf(test.plan.metric, feature)}
            rows={data.abTest?.slices ?? []}
            keyOf={(row) => row.value ?? ''}
            empty={<Empty title="No prediction of the test has this feature in the index." />}
          />
          <p className="hint">
            “Worse” holds out against the number of slices: at most {numberText(test.plan.alpha * 100)} % of those called so are so by chance.
          </p>
          <div className="buttons">
            <AsGraphQL document={SLICES} variables={variables} />
          </div>
        </>
      )}
    </Loaded>
  );
}

function columnsOf(metric: ABTestMetric, feature: string): Column<Slice>[] {
  return [
    { key: 'value', head: feature, cell: (row) => row.value ?? 'missing', value: (row) => row.value },
    { key: 'feedback', head: 'labels', numeric: true, cell: (row) => numberText(row.feedback), value: (row) => row.feedback },
    { key: 'champion', head: 'champion', numeric: true, cell: (row) => valueText(metric, row.champion), value: (row) => row.champion },
    { key: 'challenger', head: 'challenger', numeric: true, cell: (row) => valueText(metric, row.challenger), value: (row) => row.challenger },
    { key: 'difference', head: 'lead', numeric: true, cell: (row) => differenceText(metric, row.difference), value: (row) => row.difference },
    { key: 'evidence', head: 'evidence', numeric: true, cell: (row) => evidenceText(row.eValue), value: (row) => row.eValue },
    { key: 'worse', head: 'worse?', cell: (row) => <Worse worse={row.worse} /> },
  ];
}

function Worse({ worse }: { worse: boolean }) {
  return worse ? <span className="badge bad">worse</span> : '–';
}
