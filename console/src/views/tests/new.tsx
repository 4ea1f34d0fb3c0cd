import './tests.css';

import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useMutation } from 'urql';

import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Problem } from '../../components/problem';
import { Empty } from '../../components/states';
import { UserErrors, type UserErrorLike } from '../../components/user-errors';
import { useAsked } from '../../graph/asked';
import { problemOf } from '../../graph/problems';
import { useMay } from '../../shell/viewer';
import { Costs, Truth } from './conditions';
import { Labelled, type Part, PlanField } from './form-field';
import { CREATE } from './mutations';
import { CLASSIFIER_METRICS, firstTexts, FOLDED, inputOf, REGRESSOR_METRICS, type Texts, wantsCosts } from './plan-fields';
import { NEW_ENDPOINT, NEW_ENDPOINTS, type NewEndpoint } from './queries';
import { Sizes } from './sizes';
import { nameOf } from './words';

const route = getRouteApi('/tests/new');

/** Begins a test. */
export function NewTest() {
  const may = useMay('ADMIN');
  return (
    <Page title="New test" lead="A title and two algorithms are enough. The rest has defaults that are right for most tests.">
      {may ? (
        <Choose />
      ) : (
        <Empty title="Your key may look, but not begin tests.">
          <p>
            A key with the scope <code>admin</code> may.
          </p>
        </Empty>
      )}
    </Page>
  );
}

function Choose() {
  const id = useId();
  const navigate = route.useNavigate();
  const asked = useAsked(NEW_ENDPOINTS, {});
  const search = route.useSearch();
  return (
    <Loaded of={asked} what="the endpoints">
      {({ endpoints: { nodes } }) => {
        const endpoint = search.endpoint ?? nodes[0]?.name;
        if (endpoint === undefined) return <Empty title="This server has no endpoint yet." />;
        return (
          <>
            <p className="buttons">
              <label htmlFor={id}>Endpoint</label>
              <select id={id} value={endpoint} onChange={(event) => void navigate({ search: { endpoint: event.target.value } })}>
                {nodes.some(({ name }) => name === endpoint) ? null : <option>{endpoint}</option>}
                {nodes.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </p>
            <OfEndpoint name={endpoint} />
          </>
        );
      }}
    </Loaded>
  );
}

function OfEndpoint({ name }: { name: string }) {
  const asked = useAsked(NEW_ENDPOINT, { name });
  return (
    <Loaded of={asked} what={name}>
      {({ endpoint }) => {
        if (!endpoint) return <Empty title={`There is no endpoint ${name}.`} />;
        const { runningABTest: running } = endpoint;
        if (running) {
          return (
            <Empty title={`A test of ${name} runs already, and there is one at a time.`}>
              <p>
                <Link to="/tests/$id" params={{ id: running.id }}>
                  {running.title}
                </Link>
              </p>
            </Empty>
          );
        }
        if (endpoint.algorithms.nodes.filter(({ ready }) => ready).length < 2) {
          return <Empty title={`A test needs two algorithms of ${name} that can answer. Publish another one first.`} />;
        }
        return <Form key={endpoint.id} endpoint={endpoint} />;
      }}
    </Loaded>
  );
}

const SHOWN = ['title', 'algorithms', 'metric', 'outcomeSeen', 'outcomeSeenFor', 'outcomeSeenFrom', 'outcomeSeenUpTo', 'minimumEffect']
  .concat('maxFeedback', 'maxDuration', 'largestError', 'costs')
  .concat(FOLDED.flatMap(({ fields }) => fields.map(({ name }) => name)))
  .map((name) => `input.${name}`.split('.'));

function Form({ endpoint }: { endpoint: NewEndpoint }) {
  const navigate = route.useNavigate();
  const [texts, setTexts] = useState<Texts>(() => firstTexts(endpoint));
  const [only, setOnly] = useState<readonly string[]>([]);
  const [errors, setErrors] = useState<readonly UserErrorLike[]>([]);
  const [result, send] = useMutation(CREATE);
  const form = useRef<HTMLFormElement>(null);
  const set = (name: string) => (text: string) => setTexts((now) => ({ ...now, [name]: text }));
  const shared = { texts, errors, set };

  async function begin(event: FormEvent) {
    event.preventDefault();
    const { data } = await send({ input: inputOf(endpoint, texts, only) });
    if (!data) return;
    const { userErrors, abTest } = data.createABTest;
    setErrors(userErrors);
    if (abTest) await navigate({ to: '/tests/$id', params: { id: abTest.id }, search: {} });
  }

  useEffect(() => {
    if (errors.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);
  return (
    <form ref={form} className="tests-form" noValidate onSubmit={(event) => void begin(event)}>
      <Question {...shared} endpoint={endpoint} />
      <Truth {...shared} endpoint={endpoint} only={only} onOnly={setOnly} />
      {wantsCosts(texts) ? <Costs {...shared} classes={endpoint.classes ?? []} /> : null}
      <Plan {...shared} endpoint={endpoint} />
      {FOLDED.map(({ name, fields }) => (
        <details
          key={name}
          className="panel tests-folded"
          open={fields.some((field) => errors.some(({ path }) => path.slice(1).join('.') === field.name)) || undefined}
        >
          <summary>{name}</summary>
          <div className="tests-fields">
            {fields.map((field) => (
              <PlanField key={field.name} field={field} text={texts[field.name] ?? ''} errors={errors} onText={set(field.name)} />
            ))}
          </div>
        </details>
      ))}
      <UserErrors errors={errors} shown={SHOWN} />
      {result.error ? <Problem of={problemOf(result.error)} /> : null}
      <p className="buttons">
        <button type="submit" className="primary" disabled={result.fetching}>
          Begin the test
        </button>
        <span className="soft">Both algorithms get the status AB_TESTING, and predictions take part at once.</span>
      </p>
    </form>
  );
}

function Question({ endpoint, texts, errors, set }: Part & { endpoint: NewEndpoint }) {
  const metrics = endpoint.kind === 'REGRESSOR' ? REGRESSOR_METRICS : CLASSIFIER_METRICS;
  const algorithms = endpoint.algorithms.nodes.filter(({ ready }) => ready);
  return (
    <fieldset className="panel tests-part">
      <legend>What is the question?</legend>
      <div className="tests-fields">
        <Labelled name="title" label="Title" errors={errors} hint="What you want to find out.">
          {(shared) => <input {...shared} value={texts['title'] ?? ''} required onChange={(event) => set('title')(event.target.value)} />}
        </Labelled>
        {(['first', 'second'] as const).map((name) => (
          <Labelled
            key={name}
            name={name === 'first' ? 'algorithms' : 'algorithms.1'}
            label={name === 'first' ? 'Champion' : 'Challenger'}
            errors={errors}
            hint={name === 'first' ? 'The one that serves today.' : 'The one that might be better.'}
          >
            {(shared) => (
              <select {...shared} value={texts[name] ?? ''} onChange={(event) => set(name)(event.target.value)}>
                {algorithms.map((algorithm) => (
                  <option key={algorithm.id} value={algorithm.id}>
                    {nameOf(algorithm)} · {algorithm.status ?? 'no status'}
                  </option>
                ))}
              </select>
            )}
          </Labelled>
        ))}
        <PlanField
          field={{ name: 'metric', label: 'Better means', kind: 'choice', choices: metrics }}
          text={texts['metric'] ?? ''}
          errors={errors}
          onText={set('metric')}
        />
      </div>
    </fieldset>
  );
}

function Plan({ endpoint, texts, errors, set }: Part & { endpoint: NewEndpoint }) {
  const numbers = endpoint.kind === 'REGRESSOR';
  const declared = endpoint.largestError === null ? '' : ` The endpoint declares ${endpoint.largestError}.`;
  const fields = [
    {
      name: 'minimumEffect',
      label: 'Smallest difference worth finding',
      hint: numbers ? '0.05 is 5 % of the champion’s error.' : '0.01 is one point of accuracy.',
    },
    { name: 'maxFeedback', label: 'Give up after so many labels', hint: 'Left empty, never.' },
    { name: 'maxDuration', label: 'Give up after so many days', hint: 'Left empty, never.' },
    ...(numbers
      ? [{ name: 'largestError', label: `Larger errors count as${endpoint.unit ? ` (${endpoint.unit})` : ''}`, hint: `How large can an error be before it is as bad as can be?${declared}` }]
      : []),
  ];
  return (
    <fieldset className="panel tests-part">
      <legend>How long will it take?</legend>
      <div className="tests-fields">
        {fields.map(({ name, label, hint }) => (
          <PlanField
            key={name}
            field={{ name, label, hint, kind: name === 'maxDuration' ? 'days' : 'number' }}
            text={texts[name] ?? ''}
            errors={errors}
            onText={set(name)}
          />
        ))}
      </div>
      <Sizes endpoint={endpoint} texts={texts} set={set} />
    </fieldset>
  );
}
