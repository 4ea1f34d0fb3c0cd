import './endpoints.css';

import { Link } from '@tanstack/react-router';

import { AsGraphQL } from '../../components/copy';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import type { EndpointListQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { ENDPOINTS, nameOf } from './queries';

type Listed = EndpointListQuery['endpoints']['nodes'][number];

/** What this server answers, and which algorithms do. */
export function Endpoints() {
  const asked = useAsked(ENDPOINTS, {});
  return (
    <Page title="Endpoints" lead="What this server answers, and which algorithms do.">
      <Loaded of={asked} what="the endpoints">
        {({ endpoints }) =>
          endpoints.nodes.length === 0 ? (
            <Empty title="This server has no endpoint yet.">
              <p>
                An endpoint comes from an <code>endpoint.json</code> in the folder of artifacts.
              </p>
            </Empty>
          ) : (
            <ul className="endpoints-list columns">
              {endpoints.nodes.map((endpoint) => (
                <Card key={endpoint.id} endpoint={endpoint} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <p className="buttons">
        <AsGraphQL document={ENDPOINTS} variables={{}} />
      </p>
    </Page>
  );
}

function Card({ endpoint }: { endpoint: Listed }) {
  const { name, kind, owner, description, runningABTest } = endpoint;
  const algorithms = endpoint.algorithms.nodes;
  const serving = algorithms.filter(({ status }) => status === 'PRODUCTION');
  const broken = algorithms.filter(({ ready }) => !ready);
  return (
    <li className="panel">
      <h2>
        <Link to="/endpoints/$name" params={{ name }}>
          {name}
        </Link>
      </h2>
      <p>{description}</p>
      <dl className="facts">
        <dt>In production</dt>
        <dd>{serving.length > 0 ? serving.map(nameOf).join(', ') : <span className="badge bad">none</span>}</dd>
        <dt>Algorithms</dt>
        <dd>
          {numberText(algorithms.length)}{' '}
          {broken.length > 0 ? <span className="badge bad">{numberText(broken.length)} cannot run</span> : null}
        </dd>
        <dt>A/B test</dt>
        <dd>{runningABTest ? <span className="badge warn">running: {runningABTest.title}</span> : 'none runs'}</dd>
        <dt>Kind</dt>
        <dd>{kind ? kind.toLowerCase() : <span className="badge bad">declaration no longer installed</span>}</dd>
        <dt>Owner</dt>
        <dd>{owner}</dd>
      </dl>
    </li>
  );
}
