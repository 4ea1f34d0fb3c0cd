import { type FormEvent, type ReactNode, useId, useState } from 'react';

import { Time } from '../../components/values';
import type { Asking } from './asking';
import {
  ARMS_SAID,
  asMoment,
  type ArmsSaid,
  endsOf,
  featureOf,
  type Filters,
  filtersOf,
  rangeText,
} from './filters';
import type { FilterEndpoint } from './queries';
import { ARMS_WORDS, RANGES } from './words';

interface FormProps {
  asking: Asking;
  endpoints: FilterEndpoint[];
  endpoint: FilterEndpoint | undefined;
}

/** Every filter as a field. What is filled in becomes the address. */
export function FilterForm({ asking, endpoints, endpoint }: FormProps) {
  const { filters, named, ask } = asking;
  const [chosen, setChosen] = useState(endpoint?.name ?? '');
  const its = endpoints.find(({ name }) => name === chosen);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = given.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
    };
    ask(readFilters(filters, text, its), { subject: text('subject'), externalId: text('externalId') });
  }
  return (
    <details className="history-form">
      <summary>Filter</summary>
      <form onSubmit={submit} className="panel">
        <div className="history-fields">
          <Choice name="endpoint" text="Endpoint" value={chosen} onChange={setChosen}>
            {endpoints.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </Choice>
          <Field name="from" text="From the day (UTC)" type="date" value={filters.from?.slice(0, 10)} />
          <Field name="to" text="To the day (UTC)" type="date" value={filters.to?.slice(0, 10)} />
          <Choice name="label" text="Answer" value={filters.label?.length === 1 ? filters.label[0] : ''}>
            {classesOf(its ? [its] : endpoints).map((label) => (
              <option key={label}>{label}</option>
            ))}
          </Choice>
          <Choice name="feedback" text="Truth" value={filters.feedback?.length === 1 ? filters.feedback[0] : ''}>
            {classesOf(its ? [its] : endpoints).map((label) => (
              <option key={label}>{label}</option>
            ))}
          </Choice>
          <Choice name="known" text="Is the truth known?" value={filters.known}>
            <option value="yes">known</option>
            <option value="no">not known</option>
          </Choice>
          <Choice name="right" text="Was it right?" value={filters.right}>
            <option value="yes">right</option>
            <option value="no">wrong</option>
          </Choice>
          {RANGES.map(([name, text]) => (
            <RangeField key={name} name={name} text={text} value={filters[name]} />
          ))}
          <Choice name="outcome" text="Outcome" value={filters.outcome}>
            <option value="OK">answered</option>
            <option value="ERROR">failed</option>
          </Choice>
          <Choice name="fault" text="By whose fault?" value={filters.fault}>
            <option value="CALLER">the caller’s</option>
            <option value="ALGORITHM">the algorithm’s</option>
          </Choice>
          <Field name="message" text="Message has" value={filters.message} />
          <Choice name="test" text="Test" value={filters.test}>
            {(its ? [its] : endpoints).flatMap(({ abTests }) =>
              abTests.nodes.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              )),
            )}
          </Choice>
          <Choice name="arm" text="Served by" value={filters.arm}>
            <option value="CHAMPION">the champion</option>
            <option value="CHALLENGER">the challenger</option>
          </Choice>
          <Choice name="arms" text="Both arms" value={filters.arms?.length === 1 ? filters.arms[0] : ''}>
            {Object.keys(ARMS_SAID).map((said) => (
              <option key={said} value={said}>
                {ARMS_WORDS[said as ArmsSaid]}
              </option>
            ))}
          </Choice>
          <Field name="subject" text="Subject" value={named.subject} />
          <Field name="externalId" text="External id" value={named.externalId} />
          {its ? <Features of={its} filters={filters} /> : null}
        </div>
        <p className="hint">
          {its ? null : 'An endpoint has filters of its own for the features that it indexes. '}Subjects and external ids stand
          behind the # of the address, which reaches no log.
        </p>
        <p className="buttons">
          <button type="submit" className="primary">
            Apply
          </button>
        </p>
      </form>
    </details>
  );
}

/** The filters that the fields say; lists that the counts have chosen stay where a field cannot show them. */
function readFilters(now: Filters, text: (name: string) => string | undefined, its: FilterEndpoint | undefined): Filters {
  const list = (name: 'label' | 'feedback' | 'arms') => {
    const chosen = text(name);
    return chosen === undefined ? ((now[name]?.length ?? 0) > 1 ? now[name] : undefined) : [chosen];
  };
  const kept = its?.name === now.endpoint;
  const features = (its?.features ?? [])
    .filter(({ indexed }) => indexed)
    .flatMap(({ name }) => {
      const range = rangeText(text(`feature.${name}.min`) ?? '', text(`feature.${name}.max`) ?? '');
      return [range, text(`feature.${name}`)].filter((one) => one !== undefined).map((one) => `${name}:${one}`);
    });
  const day = (name: 'from' | 'to') => {
    const given = asMoment(text(name));
    return given !== undefined && now[name]?.startsWith(given) ? now[name] : given;
  };
  const ranges = RANGES.map(([name]) => [name, rangeText(text(`${name}.min`) ?? '', text(`${name}.max`) ?? '')] as const);
  return filtersOf({
    ...Object.fromEntries(['endpoint', 'known', 'right', 'outcome', 'fault', 'message', 'test', 'arm'].map((name) => [name, text(name)])),
    ...Object.fromEntries(ranges),
    from: day('from'),
    to: day('to'),
    label: list('label'),
    feedback: list('feedback'),
    arms: list('arms'),
    feature: features,
    algorithm: kept ? now.algorithm : undefined,
    columns: kept ? now.columns : undefined,
    order: now.order,
  });
}

function classesOf(endpoints: readonly FilterEndpoint[]): string[] {
  return [...new Set(endpoints.flatMap(({ classes }) => classes ?? []))];
}

function Features({ of, filters }: { of: FilterEndpoint; filters: Filters }) {
  const given = new Map((filters.feature ?? []).map(featureOf));
  return of.features
    .filter(({ indexed }) => indexed)
    .map(({ name, type, categories, unit, indexedSince }) => {
      const hint = indexedSince ? (
        <>
          Of requests since <Time at={indexedSince} date />, and of older ones once they are indexed.
        </>
      ) : null;
      const text = unit ? `${name} (${unit})` : name;
      if (type === 'NUMBER' || type === 'INTEGER') {
        return <RangeField key={name} name={`feature.${name}`} text={text} value={given.get(name)} hint={hint} />;
      }
      return (
        <Choice key={name} name={`feature.${name}`} text={text} value={given.get(name)} hint={hint}>
          {(categories ?? ['true', 'false']).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Choice>
      );
    });
}

interface FieldProps {
  name: string;
  text: string;
  value: string | undefined;
  type?: string;
  hint?: ReactNode;
}

function Field({ name, text, value, type = 'text' }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{text}</label>
      <input id={id} name={name} type={type} defaultValue={value ?? ''} />
    </div>
  );
}

function RangeField({ name, text, value, hint }: FieldProps) {
  const id = useId();
  const [min, max] = endsOf(value);
  return (
    <fieldset>
      <legend>{text}</legend>
      <span className="history-range">
        <input name={`${name}.min`} type="number" step="any" defaultValue={min} aria-label={`${text}, from`} />
        <span aria-hidden="true">–</span>
        <input name={`${name}.max`} type="number" step="any" defaultValue={max} aria-label={`${text}, to`} />
      </span>
      {hint ? (
        <p className="hint" id={id}>
          {hint}
        </p>
      ) : null}
    </fieldset>
  );
}

type ChoiceProps = FieldProps & { children: ReactNode; onChange?: (value: string) => void };

function Choice({ name, text, value, hint, children, onChange }: ChoiceProps) {
  const id = useId();
  const shared = { id, name, 'aria-describedby': hint ? `${id}-hint` : undefined };
  return (
    <div>
      <label htmlFor={id}>{text}</label>
      <select
        {...shared}
        {...(onChange
          ? { value: value ?? '', onChange: (event) => onChange(event.target.value) }
          : { defaultValue: value ?? '' })}
      >
        <option value="">any</option>
        {children}
      </select>
      {hint ? (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
