import './predict.css';

import { getRouteApi } from '@tanstack/react-router';
import { useId } from 'react';

import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { useAsked } from '../../graph/asked';
import { useMayOf } from '../../shell/viewer';
import { PredictForm } from './form';
import { ENDPOINTS, FORM } from './queries';

const route = getRouteApi('/predict');

/** Asks for a prediction by hand. */
export function Predict() {
  const asked = useAsked(ENDPOINTS, {});
  return (
    <Page title="Predict" lead="Ask for one prediction by hand. Each is kept in the history, like any other.">
      <Loaded of={asked} what="the endpoints">
        {({ endpoints }) => <Chosen names={endpoints.nodes.map(({ name }) => name)} />}
      </Loaded>
    </Page>
  );
}

function Chosen({ names }: { names: string[] }) {
  const id = useId();
  const navigate = route.useNavigate();
  const { endpoint = names[0] } = route.useSearch();
  if (endpoint === undefined) {
    return (
      <Empty title="This server has no endpoint yet.">
        <p>An endpoint comes from an `endpoint.json` in the folder of artifacts.</p>
      </Empty>
    );
  }
  return (
    <>
      <p className="buttons">
        <label htmlFor={id}>Endpoint</label>
        <select
          id={id}
          value={endpoint}
          onChange={(event) => void navigate({ search: { endpoint: event.target.value }, hash: '' })}
        >
          {names.includes(endpoint) ? null : <option>{endpoint}</option>}
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </p>
      <OfEndpoint name={endpoint} />
    </>
  );
}

function OfEndpoint({ name }: { name: string }) {
  const mayPredict = useMayOf('PREDICT', name);
  const asked = useAsked(FORM, { name });
  return (
    <Loaded of={asked} what={name}>
      {({ endpoint }) => {
        if (!endpoint) return <Empty title={`There is no endpoint ${name}.`} />;
        if (endpoint.features.length === 0) {
          return <Empty title={`${name} is not served any more: its declaration is no longer installed.`} />;
        }
        return (
          <>
            <p>{endpoint.description}</p>
            {mayPredict ? (
              <PredictForm key={endpoint.id} endpoint={endpoint} />
            ) : (
              <Empty title={`You may look, but not ask ${endpoint.name} for predictions.`}>
                <p>
                  A key with the scope <code>predict</code> may.
                </p>
              </Empty>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
