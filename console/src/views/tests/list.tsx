import './tests.css';

import { getRouteApi, Link } from '@tanstack/react-router';
import { useId } from 'react';

import { AsGraphQL } from '../../components/copy';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { agoText, numberText } from '../../components/values';
import type { TestsQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { useMay } from '../../shell/viewer';
import { STANDING, TESTS } from './queries';
import { badgeOf, nameOf, sentence, STATE_WORDS, STATES, type State } from './words';

const route = getRouteApi('/tests/');

/** Every A/B test with how it stands, newest first. */
export function Tests() {
  const { endpoint, state, after } = route.useSearch();
  const mayBegin = useMay('ADMIN');
  const variables = { endpoint: endpoint ?? null, state: state ?? null, after: after ?? null };
  const asked = useAsked(TESTS, variables);
  return (
    <Page
      title="Tests"
      lead="Which of two algorithms answers better, found out on real predictions."
      actions={
        mayBegin ? (
          <Link to="/tests/new" search={{ endpoint }} className="tests-new-link">
            New test
          </Link>
        ) : undefined
      }
    >
      <Loaded of={asked} what="the tests">
        {({ abTests, endpoints }) => (
          <>
            <Filters endpoints={endpoints.nodes.map(({ name }) => name)} />
            <List tests={abTests} />
            <div className="buttons">
              <AsGraphQL document={TESTS} variables={variables} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Filters({ endpoints }: { endpoints: string[] }) {
  const { endpoint = '', state = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const id = useId();
  return (
    <div className="tests-filters">
      <div>
        <label htmlFor={`${id}-endpoint`}>Endpoint</label>
        <select
          id={`${id}-endpoint`}
          value={endpoint}
          onChange={(event) =>
            void navigate({ search: (now) => ({ ...now, endpoint: event.target.value || undefined, after: undefined }) })
          }
        >
          <option value="">all</option>
          {endpoint === '' || endpoints.includes(endpoint) ? null : <option>{endpoint}</option>}
          {endpoints.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-state`}>State</label>
        <select
          id={`${id}-state`}
          value={state}
          onChange={(event) => {
            const chosen = STATES.find((one) => one === event.target.value);
            void navigate({ search: (now) => ({ ...now, state: chosen, after: undefined }) });
          }}
        >
          <option value="">all</option>
          {STATES.map((one: State) => (
            <option key={one} value={one}>
              {STATE_WORDS[one]}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function List({ tests }: { tests: TestsQuery['abTests'] }) {
  const { endpoint, state, after } = route.useSearch();
  const { nodes, totalCount, totalCountIsCapped, pageInfo } = tests;
  if (nodes.length === 0) {
    return endpoint !== undefined || state !== undefined ? (
      <Empty title="No test is like that.">
        <p>
          <Link to="/tests" search={{}}>
            Show all tests
          </Link>
        </p>
      </Empty>
    ) : (
      <Empty title="There has been no test yet.">
        <p>A test lets two algorithms answer the same predictions, and says which is better as soon as it knows.</p>
      </Empty>
    );
  }
  return (
    <>
      <p className="soft">
        {numberText(totalCount)}
        {totalCountIsCapped ? ' or more' : ''} {totalCount === 1 ? 'test' : 'tests'}, newest first
      </p>
      <ul className="tests-list">
        {nodes.map((test) => (
          <Row key={test.id} test={test} />
        ))}
      </ul>
      <p className="buttons">
        {after === undefined ? null : (
          <Link to="/tests" search={(now) => ({ ...now, after: undefined })}>
            To the newest
          </Link>
        )}
        {pageInfo.hasNextPage ? (
          <Link to="/tests" search={(now) => ({ ...now, after: pageInfo.endCursor ?? undefined })}>
            Older tests
          </Link>
        ) : null}
      </p>
    </>
  );
}

function Row({ test }: { test: TestsQuery['abTests']['nodes'][number] }) {
  const { id, title, state, summary, reason, endpoint, champion, challenger, createdAt, endedAt } = test;
  const badge = badgeOf(test);
  return (
    <li className="panel">
      <div className="tests-row-head">
        <h2>
          <Link to="/tests/$id" params={{ id }}>
            {title}
          </Link>
        </h2>
        <span className={`badge ${badge.tone}`}>{badge.text}</span>
      </div>
      {state === 'RUNNING' ? <Standing id={id} /> : <p>{sentence(reason || summary)}</p>}
      <p className="soft tests-row-facts">
        <span>{endpoint.name}</span>
        <span>
          {nameOf(challenger)} against {nameOf(champion)}
        </span>
        <span>
          began {agoText(createdAt)}
          {endedAt ? `, ended ${agoText(endedAt)}` : ''}
        </span>
      </p>
    </li>
  );
}

/** How a running test stands is worked out when it is asked for, so each asks for itself, after the list is there. */
function Standing({ id }: { id: string }) {
  const { data, error } = useAsked(STANDING, { id });
  if (error) return <p>How it stands cannot be told: {error.graphQLErrors[0]?.message ?? 'the server does not answer'}.</p>;
  return <p aria-busy={data === undefined}>{data?.abTest ? sentence(data.abTest.result.reason) : 'Counting…'}</p>;
}
