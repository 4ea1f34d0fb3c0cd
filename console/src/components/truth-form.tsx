import { type FormEvent, useId, useState } from 'react';
import type { CombinedError } from 'urql';

import { problemOf } from '../graph/problems';
import { Problem } from './problem';
import { FieldError, messagesAt, type UserErrorLike, UserErrors } from './user-errors';

const AT = ['input', 'feedback'] as const;

interface Judged {
  feedback?: string | null | undefined;
  endpoint: {
    kind?: string | null | undefined;
    classes?: readonly string[] | null | undefined;
    unit?: string | null | undefined;
    targetDescription?: string | null | undefined;
  };
}

/** Gives the truth of a request, changes it, or takes it back; the view sends it, and says what came of it. */
export function TruthForm({
  request,
  className,
  sending,
  errors,
  error,
  send,
}: {
  request: Judged;
  className: string;
  sending: boolean;
  errors: readonly UserErrorLike[];
  error: CombinedError | undefined;
  send: (feedback: string | number | null) => void;
}) {
  const id = useId();
  const { classes, unit, targetDescription, kind } = request.endpoint;
  const known = request.feedback ?? null;
  const [text, setText] = useState(known ?? '');
  const messages = messagesAt(errors, AT);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (text !== '') send(kind === 'REGRESSOR' ? Number(text) : text);
  }

  const shared = { id, value: text, 'aria-invalid': messages.length > 0, 'aria-describedby': `${id}-hint ${id}-error` };
  return (
    <form onSubmit={submit} className={className}>
      <label htmlFor={id}>What was true?</label>
      <span className="buttons">
        {classes ? (
          <select {...shared} onChange={(event) => setText(event.target.value)}>
            <option value="">– choose –</option>
            {classes.map((label) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        ) : (
          <input {...shared} type="number" step="any" onChange={(event) => setText(event.target.value)} />
        )}
        <button type="submit" disabled={sending || text === '' || text === known}>
          {known === null ? 'Tell the truth' : 'Change it'}
        </button>
        {known === null ? null : (
          <button
            type="button"
            disabled={sending}
            onClick={() => {
              setText('');
              send(null);
            }}
          >
            Take it back
          </button>
        )}
      </span>
      <p id={`${id}-hint`} className="hint">
        {[targetDescription, unit ? `In ${unit}.` : null].filter(Boolean).join(' ')}
      </p>
      <FieldError id={`${id}-error`} messages={messages} />
      <UserErrors errors={errors} shown={[AT]} />
      {error ? <Problem of={problemOf(error)} /> : null}
    </form>
  );
}
