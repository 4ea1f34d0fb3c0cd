import './quality.css';

import { getRouteApi, Link } from '@tanstack/react-router';
import { useId } from 'react';

import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import type { QualityEndpointsQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { Between } from './between';
import { moved, today } from './days';
import { DriftOf } from './drift';
import { FiguresOf } from './figures';
import { OverTime } from './over-time';
import { ENDPOINTS } from './queries';

const route = getRouteApi('/quality');

export type Endpoint = QualityEndpointsQuery['endpoints']['nodes'][number];

/** How good the answers were, and whether what is asked has moved. */
export function Quality() {
  const asked = useAsked(ENDPOINTS, {});
  return (
    <Page title="Quality" lead="How good the answers were, by the truths that were told, and whether what is asked has moved.">
      <Loaded of={asked} what="the endpoints">
        {({ endpoints }) => <Chosen endpoints={endpoints.nodes} />}
      </Loaded>
    </Page>
  );
}

const SPANS = [
  ['7 days', 7],
  ['4 weeks', 28],
  ['12 weeks', 84],
  ['1 year', 365],
] as const;

function Chosen({ endpoints }: { endpoints: Endpoint[] }) {
  const id = useId();
  const navigate = route.useNavigate();
  const { endpoint: name = endpoints[0]?.name, from = moved(today(), -27), to = today() } = route.useSearch();
  const endpoint = endpoints.find((one) => one.name === name);
  if (name === undefined) {
    return (
      <Empty title="This server has no endpoint yet.">
        <p>An endpoint comes from an `endpoint.json` in the folder of artifacts.</p>
      </Empty>
    );
  }
  return (
    <>
      <div className="quality-choices">
        <div className="quality-choice">
          <label htmlFor={id}>Endpoint</label>
          <select id={id} value={name} onChange={(event) => void navigate({ search: (now) => ({ endpoint: event.target.value, from: now.from, to: now.to }) })}>
            {endpoint ? null : <option>{name}</option>}
            {endpoints.map((one) => (
              <option key={one.id}>{one.name}</option>
            ))}
          </select>
        </div>
        <Between
          name="Days"
          from={from}
          to={to}
          onChange={(days) => void navigate({ search: (now) => ({ ...now, ...days }), replace: true })}
        />
        <p className="buttons">
          {SPANS.map(([text, days]) => (
            <Link
              key={text}
              from="/quality"
              to="."
              search={(now) => ({ ...now, from: moved(today(), 1 - days), to: today() })}
              activeOptions={{ includeSearch: true }}
              className="small"
            >
              {text}
            </Link>
          ))}
        </p>
      </div>
      {endpoint ? (
        <>
          <OverTime endpoint={endpoint} from={from} to={to} />
          <FiguresOf endpoint={endpoint} from={from} to={to} />
          <DriftOf endpoint={endpoint} />
        </>
      ) : (
        <Empty title={`There is no endpoint ${name}.`} />
      )}
    </>
  );
}
