import './labels.css';

import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';

import { AsGraphQL } from '../../components/copy';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { useAsked } from '../../graph/asked';
import { useMay, useMayOf } from '../../shell/viewer';
import { Desk, type Item } from './desk';
import { OF_ENDPOINT, OF_TEST, SOURCES, type Sources } from './queries';

const route = getRouteApi('/labels');

/** The predictions whose truth would tell most, one after the other. */
export function Labels() {
  const may = useMay('FEEDBACK');
  return (
    <Page title="Labels" lead="The predictions whose truth would tell most, one after the other, by keyboard.">
      {may ? (
        <Chosen />
      ) : (
        <Empty title="Your key may look, but not give the ground truth.">
          <p>
            A key with the scope <code>feedback</code> may.
          </p>
        </Empty>
      )}
    </Page>
  );
}

function Chosen() {
  const asked = useAsked(SOURCES, {});
  return (
    <Loaded of={asked} what="what there is to label">
      {(sources) => <FromSource sources={sources} />}
    </Loaded>
  );
}

function FromSource({ sources }: { sources: Sources }) {
  const id = useId();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const paired = sources.abTests.nodes.filter(({ plan }) => plan.mode === 'PAIRED');
  const endpoints = sources.endpoints.nodes;
  const given = search.test !== undefined || search.endpoint !== undefined;
  const test = given ? search.test : paired[0]?.id;
  const endpoint = given ? search.endpoint : endpoints[0]?.name;
  if (test === undefined && endpoint === undefined) return <Empty title="This server has no endpoint yet." />;
  const value = test === undefined ? `endpoint ${endpoint ?? ''}` : `test ${test}`;
  const asked = (test === undefined ? endpoint : paired.find((one) => one.id === test)?.endpoint.name) ?? '';
  const regressor = endpoints.find(({ name }) => name === endpoint)?.kind === 'REGRESSOR';
  return (
    <>
      <p className="labels-source">
        <label htmlFor={id}>From</label>
        <select
          id={id}
          value={value}
          onChange={(event) => {
            const [kind, ...rest] = event.target.value.split(' ');
            const chosen = rest.join(' ');
            void navigate({ search: kind === 'test' ? { test: chosen } : { endpoint: chosen } });
          }}
        >
          {test !== undefined && !paired.some((one) => one.id === test) ? <option value={value}>the test of this address</option> : null}
          {paired.length > 0 ? (
            <optgroup label="Where the two algorithms of a test disagree">
              {paired.map((one) => (
                <option key={one.id} value={`test ${one.id}`}>
                  {one.title}
                </option>
              ))}
            </optgroup>
          ) : null}
          <optgroup label="Where the answer was least sure">
            {endpoints.map(({ name }) => (
              <option key={name} value={`endpoint ${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        </select>
      </p>
      <Permitted endpoint={asked}>
        {test === undefined ? (
          <OfEndpoint key={value} endpoint={asked} regressor={regressor} />
        ) : (
          <OfTest key={value} test={test} />
        )}
      </Permitted>
    </>
  );
}

/** A key may be bound to some endpoints. */
function Permitted({ endpoint, children }: { endpoint: string; children: ReactNode }) {
  const may = useMayOf('FEEDBACK', endpoint);
  return may ? children : <Empty title={`Your key may not give the ground truth of ${endpoint || 'this test'}.`} />;
}

function OfTest({ test }: { test: string }) {
  const navigate = route.useNavigate();
  const { after } = route.useSearch();
  const variables = { test, after: after ?? null };
  const asked = useAsked(OF_TEST, variables);
  return (
    <Loaded of={asked} what="the queue">
      {({ feedbackQueue: { nodes, totalCount, totalCountIsCapped, pageInfo } }) => (
        <>
          <Desk
            items={nodes.map(({ request, champion, challenger }): Item => ({ ...request, said: [['Champion', champion], ['Challenger', challenger]] }))}
            left={totalCountIsCapped ? null : totalCount}
            why="The two algorithms disagree on this one."
            onMore={pageInfo.hasNextPage ? () => void navigate({ search: { test, after: pageInfo.endCursor ?? undefined }, replace: true }) : null}
            onAgain={() => {
              void navigate({ search: { test }, replace: true });
              asked.again();
            }}
          />
          <div className="buttons">
            <AsGraphQL document={OF_TEST} variables={variables} />
          </div>
        </>
      )}
    </Loaded>
  );
}

function OfEndpoint({ endpoint, regressor }: { endpoint: string; regressor: boolean }) {
  const navigate = route.useNavigate();
  const { after } = route.useSearch();
  const variables = {
    where: { endpoint: [endpoint], withFeedback: false, outcome: 'OK' as const },
    order: regressor ? ('CREATED_AT_DESC' as const) : ('CONFIDENCE_ASC' as const),
    after: after ?? null,
  };
  const asked = useAsked(OF_ENDPOINT, variables);
  return (
    <Loaded of={asked} what="the queue">
      {({ requests: { nodes, pageInfo } }) => (
        <>
          <Desk
            items={nodes.map((request): Item => ({ ...request, said: [['Answer', request]] }))}
            left={null}
            why={regressor ? 'The newest one without a truth.' : 'The answer was as good as a toss of a coin, or nearest to it.'}
            onMore={
              pageInfo.hasNextPage ? () => void navigate({ search: { endpoint, after: pageInfo.endCursor ?? undefined }, replace: true }) : null
            }
            onAgain={() => {
              void navigate({ search: { endpoint }, replace: true });
              asked.again();
            }}
          />
          <div className="buttons">
            <AsGraphQL document={OF_ENDPOINT} variables={variables} />
          </div>
        </>
      )}
    </Loaded>
  );
}
