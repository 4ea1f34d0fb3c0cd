import { type ReactNode, useId } from 'react';

import { FieldError, messagesAt, type UserErrorLike } from '../../components/user-errors';
import type { FieldOf, Texts } from './plan-fields';

/** What each part of the form is given. */
export interface Part {
  texts: Texts;
  errors: readonly UserErrorLike[];
  set: (name: string) => (text: string) => void;
}

export interface FieldProps {
  field: FieldOf;
  text: string;
  errors: readonly UserErrorLike[];
  onText: (text: string) => void;
}

/** One field of a new test, with what is wrong about it. */
export function PlanField({ field, text, errors, onText }: FieldProps) {
  const { name, label, hint, kind, choices = [] } = field;
  return (
    <Labelled name={name} label={label} hint={hint} errors={errors} box={kind === 'check'}>
      {(shared) =>
        kind === 'choice' ? (
          <select {...shared} value={text} onChange={(event) => onText(event.target.value)}>
            {choices.map(([value, said]) => (
              <option key={value} value={value}>
                {said}
              </option>
            ))}
          </select>
        ) : kind === 'check' ? (
          <input
            {...shared}
            type="checkbox"
            checked={text === 'true'}
            onChange={(event) => onText(String(event.target.checked))}
          />
        ) : (
          <input {...shared} type="number" step="any" value={text} onChange={(event) => onText(event.target.value)} />
        )
      }
    </Labelled>
  );
}

interface Shared {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
}

export interface LabelledProps {
  name: string;
  label: string;
  hint?: string | undefined;
  errors: readonly UserErrorLike[];
  /** A box stands before its label. */
  box?: boolean;
  children: (shared: Shared) => ReactNode;
}

/** A control with its label, a hint and its errors. */
export function Labelled({ name, label, hint, errors, box = false, children }: LabelledProps) {
  const id = useId();
  const messages = messagesAt(errors, ['input', ...name.split('.')]).map((message) => inWords(message, name));
  const control = children({ id, 'aria-invalid': messages.length > 0, 'aria-describedby': `${id}-hint ${id}-error` });
  const said = <label htmlFor={id}>{label}</label>;
  return (
    <div className="tests-field" data-field={name}>
      {box ? (
        <span className="tests-box">
          {control} {said}
        </span>
      ) : (
        <>
          {said}
          {control}
        </>
      )}
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
      <FieldError id={`${id}-error`} messages={messages} />
    </div>
  );
}

/** The server names a field as its callers do; below its label it needs no name, and durations are typed in days. */
export function inWords(message: string, name: string): string {
  const [field = name] = name.split('.');
  if (message.startsWith(`${field} is in seconds`)) return 'It must be more than 0 days, and no more than a hundred years.';
  const place = message.indexOf(' ');
  const named = message.slice(0, place);
  return named === field || named.startsWith(`${field}.`) ? `It${message.slice(place)}` : message;
}
