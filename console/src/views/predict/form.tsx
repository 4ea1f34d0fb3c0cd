import { getRouteApi, useLocation } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useMutation } from 'urql';

import { CopyButton } from '../../components/copy';
import { Problem } from '../../components/problem';
import { messagesAt, UserErrors, type UserErrorLike } from '../../components/user-errors';
import { problemOf } from '../../graph/problems';
import type { PredictInput } from '../../gql/graphql';
import { AnswerCard } from './answer';
import { type Choice, choicesOf, conditionsOf } from './ask-of';
import { Calls } from './calls';
import { faultOf, featuresOf, fragmentOf, type Texts, textsIn, textsOf } from './features';
import { FeatureField } from './field';
import { type FormEndpoint, PREDICT } from './queries';

const route = getRouteApi('/predict');
const AT = ['input', 'features'] as const;
const MOST_ANSWERS = 4;

/** The form of an endpoint, and the answers that it got. The address holds both: inputs behind its `#`, answers by id. */
export function PredictForm({ endpoint }: { endpoint: FormEndpoint }) {
  const navigate = route.useNavigate();
  const { of = '', asked = [] } = route.useSearch();
  const [texts, setTexts] = useTexts(endpoint);
  const [errors, setErrors] = useState<readonly UserErrorLike[]>([]);
  const [result, send] = useMutation(PREDICT);
  const form = useRef<HTMLFormElement>(null);
  const answers = useRef<HTMLElement>(null);
  const fresh = useRef<string | null>(null);
  const choices = useMemo(() => choicesOf(endpoint), [endpoint]);

  const inputOf = (choice: string): PredictInput => {
    const conditions = conditionsOf(choice);
    const input = { endpoint: endpoint.name, features: featuresOf(endpoint.features, texts) };
    return conditions ? { ...input, conditions } : input;
  };

  async function ask(choice: string, before: readonly string[]) {
    const faults = endpoint.features.flatMap(({ name, ...rest }) => {
      const message = faultOf({ name, ...rest }, texts[name] ?? '');
      return message === null ? [] : [{ code: 'INVALID_FEATURES', message, path: [...AT, name] }];
    });
    setErrors(faults);
    if (faults.length > 0) return;
    const { data } = await send({ input: inputOf(choice) });
    if (!data) return;
    const { request, userErrors } = data.predict;
    setErrors(userErrors);
    // What the caller got wrong is at its fields; what the algorithm got wrong is an answer like any other.
    if (request && !userErrors.some((error) => error.path[1] === AT[1])) {
      const ids = [...before, request.requestId].slice(-MOST_ANSWERS);
      fresh.current = request.requestId;
      await navigate({ search: { endpoint: endpoint.name, of, asked: ids }, hash: fragmentOf(texts) });
      setTexts(null);
    }
  }

  useFocusOnError(form, errors);
  useEffect(() => {
    // A long form leaves its answer below the window; one that a reload brings back is not looked for.
    if (fresh.current === null || !asked.includes(fresh.current)) return;
    fresh.current = null;
    answers.current?.scrollIntoView({ block: 'nearest' });
  }, [asked]);
  return (
    <>
      <form
        ref={form}
        className="panel predict-form"
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void ask(of, []);
        }}
      >
        <fieldset className="predict-fields" disabled={result.fetching}>
          <legend className="hidden-text">Features of {endpoint.name}</legend>
          {endpoint.features.map((feature) => (
            <FeatureField
              key={feature.name}
              feature={feature}
              text={texts[feature.name] ?? ''}
              errors={messagesAt(errors, [...AT, feature.name])}
              onText={(text) => setTexts({ ...texts, [feature.name]: text })}
            />
          ))}
        </fieldset>
        <ChoiceField
          label="Asked of"
          choices={choices}
          value={of}
          onValue={(value) => void navigate({ search: (now) => ({ ...now, of: value }), hash: true, replace: true })}
        />
        <p className="buttons">
          <button type="submit" className="primary" disabled={result.fetching}>
            Predict
          </button>
          <button type="button" onClick={() => setTexts(textsOf(endpoint.features, endpoint.example))}>
            Fill in the example
          </button>
          <button type="button" onClick={() => setTexts({})}>
            Clear
          </button>
          <CopyButton text={() => linkOf(endpoint.name, of, texts)}>Copy link to these inputs</CopyButton>
        </p>
        <UserErrors errors={errors} shown={endpoint.features.map(({ name }) => [...AT, name])} />
        {result.error ? <Problem of={problemOf(result.error)} /> : null}
        <Calls input={inputOf(of)} />
      </form>
      <Answers
        section={answers}
        asked={asked}
        choices={choices.filter(({ value }) => value !== of)}
        busy={result.fetching}
        onOther={(choice) => void ask(choice, asked)}
      />
    </>
  );
}

interface AnswersProps {
  section: React.RefObject<HTMLElement | null>;
  asked: readonly string[];
  choices: readonly Choice[];
  busy: boolean;
  onOther: (choice: string) => void;
}

/** The answers side by side, and the way to ask somebody else the same. */
function Answers({ section, asked, choices, busy, onOther }: AnswersProps) {
  const [other, setOther] = useState('');
  const chosen = choices.some(({ value }) => value === other) ? other : (choices.at(-1)?.value ?? '');
  return (
    <section ref={section} aria-live="polite" aria-labelledby="answers" hidden={asked.length === 0}>
      <h2 id="answers">{asked.length > 1 ? 'Answers' : 'Answer'}</h2>
      <div className="columns">
        {asked.map((id) => (
          <AnswerCard key={id} requestId={id} />
        ))}
      </div>
      {choices.length > 0 ? (
        <div className="predict-choices">
          <ChoiceField label="Ask the same of" choices={choices} value={chosen} onValue={setOther} />
          <p className="buttons">
            <button type="button" disabled={busy} onClick={() => onOther(chosen)}>
              Ask, and compare
            </button>
          </p>
        </div>
      ) : null}
    </section>
  );
}

interface ChoiceFieldProps {
  label: string;
  choices: readonly Choice[];
  value: string;
  onValue: (value: string) => void;
}

function ChoiceField({ label, choices, value, onValue }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div className="predict-choices">
      <div>
        <label htmlFor={id}>{label}</label>
        <select id={id} value={value} onChange={(event) => onValue(event.target.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** What stands in the fields: what the address says behind its `#`, else the endpoint's example. */
function useTexts(endpoint: FormEndpoint): [Texts, (texts: Texts | null) => void] {
  const fragment = useLocation({ select: fragmentNow });
  // What is typed counts until the address says something else, as it does when somebody goes back.
  const [typed, setTyped] = useState<{ over: string; texts: Texts } | null>(null);
  const texts =
    typed?.over === fragment
      ? typed.texts
      : (textsIn(endpoint.features, fragment) ?? textsOf(endpoint.features, endpoint.example));
  return [texts, (now) => setTyped(now && { over: fragment, texts: now })];
}

/** The router gives the fragment decoded, which cannot be taken apart any more. */
function fragmentNow(): string {
  return window.location.hash.slice(1);
}

function linkOf(endpoint: string, of: string, texts: Texts): string {
  const link = new URL(window.location.href);
  link.search = new URLSearchParams({ endpoint, ...(of === '' ? {} : { of }) }).toString();
  link.hash = fragmentOf(texts);
  return link.toString();
}

function useFocusOnError(form: React.RefObject<HTMLFormElement | null>, errors: readonly UserErrorLike[]) {
  useEffect(() => {
    if (errors.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, errors]);
}
