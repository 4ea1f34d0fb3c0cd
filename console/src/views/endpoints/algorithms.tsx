import { useId, useMemo, useState } from 'react';
import { useMutation } from 'urql';

import { ConfirmButton } from '../../components/confirm';
import { type Column, DataTable } from '../../components/data-table';
import { Empty } from '../../components/states';
import { numberText, percentText, Time } from '../../components/values';
import { problemOf } from '../../graph/problems';
import { useMay } from '../../shell/viewer';
import { type Algorithm, type Endpoint, nameOf, SET_STATUS, STATUS_LOOKS, STATUS_WORDS } from './queries';

/** What may be set by hand; the third belongs to tests. */
const BY_HAND = ['PRODUCTION', 'TESTING'] as const;

const columnsOf = (unit: string | null): readonly Column<Algorithm>[] => [
  {
    key: 'name',
    head: 'Algorithm',
    cell: (one) => (
      <>
        <span className="figure">{nameOf(one)}</span>
        <span className="endpoints-what soft small">{one.description}</span>
      </>
    ),
  },
  { key: 'status', head: 'Status', cell: (one) => <Part of={one} /> },
  { key: 'ready', head: 'On this server', cell: (one) => <Health of={one} /> },
  { key: 'published', head: 'On held-out rows', cell: (one) => <HeldOut of={one} unit={unit} /> },
  {
    key: 'digest',
    head: 'Digest',
    cell: ({ digest }) =>
      digest ? (
        <code title={digest}>
          {digest.replace('sha256:', '').slice(0, 12)}
        </code>
      ) : (
        <span className="soft">of a class</span>
      ),
  },
  { key: 'owner', head: 'Owner', cell: ({ owner }) => owner },
  { key: 'since', head: 'Since', cell: ({ createdAt }) => <span className="figure"><Time at={createdAt} date /></span> },
];

/** The algorithms of an endpoint, each with its part and what is wrong with it. */
export function Algorithms({ endpoint }: { endpoint: Endpoint }) {
  const mayChange = useMay('ADMIN');
  const columns = useMemo(
    () => [...columnsOf(endpoint.unit), ...(mayChange ? [changeIn(endpoint)] : [])],
    [mayChange, endpoint],
  );
  return (
    <section>
      <h2>Algorithms</h2>
      <DataTable
        name="Algorithms"
        columns={columns}
        rows={endpoint.algorithms.nodes}
        keyOf={({ id }) => id}
        empty={<Empty title="This endpoint has no algorithm." />}
      />
      {mayChange ? null : (
        <p className="hint">
          Statuses are set with a key of the scope <code>admin</code>.
        </p>
      )}
    </section>
  );
}

function changeIn(endpoint: Endpoint): Column<Algorithm> {
  return {
    key: 'set',
    head: 'Change',
    cell: (one) => (
      <div className="endpoints-set">
        <SetStatus algorithm={one} endpoint={endpoint} />
      </div>
    ),
  };
}

function Part({ of: { status, withdrawnAt, withdrawnReason } }: { of: Algorithm }) {
  if (withdrawnAt) {
    return (
      <>
        <span className="badge bad">withdrawn</span>
        <span className="endpoints-what soft small">
          <Time at={withdrawnAt} />
          {withdrawnReason ? `: ${withdrawnReason}` : null}
        </span>
      </>
    );
  }
  return (
    <>
      <span className={status ? STATUS_LOOKS[status] : 'badge'}>{status ?? 'none'}</span>
      <span className="endpoints-what soft small">{status ? STATUS_WORDS[status] : 'answers nobody'}</span>
    </>
  );
}

function Health({ of: { ready, problem, doubt } }: { of: Algorithm }) {
  return (
    <>
      {ready ? <span className="badge good">can run</span> : <span className="badge bad">cannot run</span>}
      {problem ? <span className="endpoints-what small">{problem}</span> : null}
      {doubt ? <span className="endpoints-what small">Doubt: {doubt}</span> : null}
    </>
  );
}

/** How good it was on rows that its training never saw. */
function HeldOut({ of: { heldOutMetrics: said }, unit }: { of: Algorithm; unit: string | null }) {
  if (!said) return <span className="soft">not measured</span>;
  const { rows, accuracy, logLoss, rmse, mae } = said;
  const figures = [
    accuracy === null ? null : `${percentText(accuracy)} right`,
    rmse === null ? null : `RMSE ${numberText(rmse)} ${unit ?? ''}`,
    mae === null ? null : `MAE ${numberText(mae)} ${unit ?? ''}`,
    logLoss === null ? null : `log loss ${numberText(logLoss, 3)}`,
  ].filter((one) => one !== null);
  return (
    <>
      <span className="figure">{figures[0]}</span>
      <span className="endpoints-what soft small">
        {[...figures.slice(1), `${numberText(rows)} rows`].join(', ')}
      </span>
    </>
  );
}

function SetStatus({ algorithm, endpoint }: { algorithm: Algorithm; endpoint: Endpoint }) {
  const id = useId();
  const name = nameOf(algorithm);
  const [, send] = useMutation(SET_STATUS);
  const others = BY_HAND.filter((one) => one !== algorithm.status);
  const [chosen, setChosen] = useState<(typeof BY_HAND)[number] | null>(null);
  const wanted = others.find((one) => one === chosen) ?? others[0] ?? 'PRODUCTION';
  const { runningABTest: test } = endpoint;
  if (algorithm.withdrawnAt) return <span className="soft small">It was withdrawn, and gets no status any more.</span>;
  if (test && (test.champion.id === algorithm.id || test.challenger.id === algorithm.id)) {
    return <span className="soft small">An arm of the running test: end the test first.</span>;
  }
  return (
    <ConfirmButton
      question={`Give ${name} another status?`}
      changes={changesOf(algorithm, endpoint, wanted)}
      fields={
        others.length === 1 ? null : (
          <p className="buttons">
            <label htmlFor={id}>New status</label>
            <select id={id} value={wanted} onChange={(event) => setChosen(others.find((one) => one === event.target.value) ?? null)}>
              {others.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </p>
        )
      }
      act={async () => {
        const { data, error } = await send({ input: { algorithm: algorithm.id, status: wanted } });
        if (error) throw new Error(problemOf(error).message, { cause: error });
        return data?.setAlgorithmStatus.userErrors ?? [];
      }}
      danger={algorithm.status === 'PRODUCTION'}
    >
      {others.length === 1 ? `Set to ${wanted}` : 'Set a status'}
    </ConfirmButton>
  );
}

/** What a new status changes, each thing by its name. */
function changesOf(algorithm: Algorithm, endpoint: Endpoint, wanted: (typeof BY_HAND)[number]): string[] {
  const name = nameOf(algorithm);
  const algorithms = endpoint.algorithms.nodes;
  const before = answering(algorithms, (one) => one.status);
  const after = answering(algorithms, (one) => (one.id === algorithm.id ? wanted : one.status));
  const changes = [`${name}: ${algorithm.status ?? 'no status'} → ${wanted}. From then on it ${STATUS_WORDS[wanted]}.`];
  const calls = `calls of ${endpoint.name} that ask for no other`;
  if (after === null) {
    changes.push(
      endpoint.runningABTest
        ? `Nothing is in production any more: the champion of the running test answers ${calls}.`
        : `Nothing that can run is in production then: ${calls} are refused.`,
    );
  } else if (after !== before) {
    changes.push(`${after} answers ${calls}${before === null ? '' : `, instead of ${before}`}.`);
  } else if (wanted === 'PRODUCTION') {
    changes.push(`${after} still answers ${calls}, since of several in production the oldest does. Set it to TESTING, too.`);
  }
  if (!algorithm.ready) changes.push(`${name} cannot run on this server now.`);
  return changes;
}

/** Who answers calls that ask for no other: of those in production the first that can run. */
function answering(algorithms: readonly Algorithm[], statusOf: (one: Algorithm) => Algorithm['status']): string | null {
  const found = algorithms.find((one) => statusOf(one) === 'PRODUCTION' && one.ready);
  return found ? nameOf(found) : null;
}
