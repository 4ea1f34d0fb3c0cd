import './endpoints.css';

import { getRouteApi, Link } from '@tanstack/react-router';

import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { numberText, Time } from '../../components/values';
import { useAsked } from '../../graph/asked';
import { Algorithms } from './algorithms';
import { type Endpoint, ENDPOINT, nameOf, STATUS_LOOKS } from './queries';

const route = getRouteApi('/endpoints/$name');

/** One endpoint: what it predicts and from what, its algorithms, and which parts they were given. */
export function OneEndpoint() {
  const { name } = route.useParams();
  const asked = useAsked(ENDPOINT, { name });
  return (
    <Page
      title={name}
      actions={
        <>
          <Link to="/predict" search={{ endpoint: name }}>
            Predict
          </Link>
          <Link to="/quality" search={{ endpoint: name }}>
            Quality
          </Link>
          <AsGraphQL document={ENDPOINT} variables={{ name }} />
        </>
      }
    >
      <Loaded of={asked} what={name}>
        {({ endpoint }) =>
          endpoint ? (
            <Shown endpoint={endpoint} />
          ) : (
            <Empty title={`There is no endpoint ${name}.`}>
              <p>
                <Link to="/endpoints">All endpoints</Link>
              </p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Shown({ endpoint }: { endpoint: Endpoint }) {
  return (
    <>
      <p className="lead">{endpoint.description}</p>
      {endpoint.kind ? null : (
        <p className="badge bad">Its declaration is no longer installed: it answers nothing, but its history stays.</p>
      )}
      <Facts endpoint={endpoint} />
      <Algorithms endpoint={endpoint} />
      <History endpoint={endpoint} />
      <Revisions revisions={endpoint.revisions} />
      <Features endpoint={endpoint} />
    </>
  );
}

function Facts({ endpoint }: { endpoint: Endpoint }) {
  const { kind, target, targetDescription, classes, positiveClass, unit, largestError, predictField, owner, createdAt } = endpoint;
  return (
    <dl className="facts panel">
      <dt>Predicts</dt>
      <dd>
        {target ? <strong>{target}</strong> : '–'}
        {unit ? `, in ${unit}` : null}. {targetDescription}
      </dd>
      {kind ? (
        <>
          <dt>Kind</dt>
          <dd>{kind.toLowerCase()}</dd>
        </>
      ) : null}
      {classes ? (
        <>
          <dt>Classes</dt>
          <dd>
            {classes.join(', ')}
            {positiveClass ? <span className="soft"> (looked for: {positiveClass})</span> : null}
          </dd>
        </>
      ) : null}
      {largestError ? (
        <>
          <dt>Largest error</dt>
          <dd>
            {numberText(largestError)} {unit}
            <span className="soft"> (a larger one counts for no more in an A/B test)</span>
          </dd>
        </>
      ) : null}
      <dt>Own mutation</dt>
      <dd>{predictField ? <code>{predictField}</code> : 'none: predict serves'}</dd>
      <dt>Owner</dt>
      <dd>{owner}</dd>
      <dt>Since</dt>
      <dd>
        <Time at={createdAt} date />
      </dd>
    </dl>
  );
}

interface Event {
  id: string;
  algorithm: string;
  status: keyof typeof STATUS_LOOKS;
  active: boolean;
  createdBy: string;
  createdAt: string;
}

const EVENTS: readonly Column<Event>[] = [
  { key: 'at', head: 'When', cell: ({ createdAt }) => <Time at={createdAt} />, value: ({ createdAt }) => createdAt },
  { key: 'algorithm', head: 'Algorithm', cell: ({ algorithm }) => algorithm, value: ({ algorithm }) => algorithm },
  {
    key: 'status',
    head: 'Was given',
    cell: ({ status, active }) => (
      <>
        <span className={active ? STATUS_LOOKS[status] : 'badge'}>{status}</span> {active ? 'now' : null}
      </>
    ),
    value: ({ status }) => status,
  },
  { key: 'by', head: 'By', cell: ({ createdBy }) => createdBy, value: ({ createdBy }) => createdBy },
];

/** Which part each algorithm was given, by whom and when. */
function History({ endpoint }: { endpoint: Endpoint }) {
  const events = endpoint.algorithms.nodes
    .flatMap((algorithm) => algorithm.statuses.nodes.map((one) => ({ ...one, algorithm: nameOf(algorithm) })))
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt));
  return (
    <section>
      <h2>Status history</h2>
      <DataTable
        name="Status history"
        columns={EVENTS}
        rows={events}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No algorithm was ever given a status.">
            <p>Until one is in PRODUCTION, the endpoint answers only who names an algorithm's part.</p>
          </Empty>
        }
      />
      {endpoint.algorithms.nodes.some(({ statuses }) => statuses.nodes.length === 20) ? (
        <p className="hint">The newest 20 of each algorithm are shown; the graph has all.</p>
      ) : null}
    </section>
  );
}

type Revision = Endpoint['revisions'][number];

const REVISIONS: readonly Column<Revision>[] = [
  { key: 'number', head: 'Revision', cell: ({ number }) => numberText(number), value: ({ number }) => number },
  { key: 'at', head: 'Taken', cell: ({ createdAt }) => <Time at={createdAt} />, value: ({ createdAt }) => createdAt },
  { key: 'breaking', head: 'Calls that it refuses', cell: ({ breaking }) => breaking ?? <span className="soft">none that were taken before</span> },
  { key: 'digest', head: 'Digest', cell: ({ digest }) => <code title={digest}>{digest.replace('sha256:', '').slice(0, 12)}</code> },
];

/** The declarations that were taken, one after the other. */
function Revisions({ revisions }: { revisions: Revision[] }) {
  if (revisions.length === 0) return null;
  return (
    <section>
      <h2>Declarations</h2>
      <DataTable name="Declarations" columns={REVISIONS} rows={revisions} keyOf={({ number }) => String(number)} />
    </section>
  );
}

type Feature = Endpoint['features'][number];

const FEATURES: readonly Column<Feature>[] = [
  { key: 'name', head: 'Feature', cell: ({ name }) => name },
  { key: 'type', head: 'Type', cell: ({ type }) => type.toLowerCase() },
  { key: 'takes', head: 'Takes', cell: takesText },
  { key: 'description', head: 'Meaning', cell: ({ description }) => description },
  {
    key: 'marks',
    head: 'Also',
    cell: (one) => [one.required ? 'required' : null, one.private ? 'private' : null, one.indexed ? 'indexed' : null].filter(Boolean).join(', '),
  },
];

function Features({ endpoint }: { endpoint: Endpoint }) {
  return (
    <details className="endpoints-features">
      <summary>Features ({endpoint.features.length})</summary>
      <DataTable name="Features" columns={FEATURES} rows={endpoint.features} keyOf={({ name }) => name} />
    </details>
  );
}

function takesText({ categories, minimum, maximum, unit, nullable }: Feature): string {
  const range =
    categories !== null && categories !== undefined
      ? `one of ${categories.length}: ${categories.slice(0, 3).join(', ')}${categories.length > 3 ? ', …' : ''}`
      : minimum === null && maximum === null
        ? ''
        : `${numberText(minimum)} to ${numberText(maximum)}${unit ? ` ${unit}` : ''}`;
  return [range, nullable ? 'or nothing' : ''].filter((part) => part !== '').join(' ');
}
