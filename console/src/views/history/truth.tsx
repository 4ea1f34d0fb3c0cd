import { type FormEvent, useId, useState } from 'react';
import { useMutation } from 'urql';

import { Problem } from '../../components/problem';
import { FieldError, messagesAt, UserErrors } from '../../components/user-errors';
import { problemOf } from '../../graph/problems';
import { TELL, type Whole } from './queries';

const AT = ['input', 'feedback'] as const;

/** Gives the truth of a request, changes it, or takes it back. */
export function Truth({ request }: { request: Whole }) {
  const id = useId();
  const [{ data, error, fetching }, tell] = useMutation(TELL);
  const { classes, unit, targetDescription, kind } = request.endpoint;
  const [text, setText] = useState(request.feedback ?? '');
  const errors = data?.giveFeedback.userErrors ?? [];
  const messages = messagesAt(errors, AT);
  const send = (feedback: unknown) => void tell({ input: { requestId: request.requestId, feedback } });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (text !== '') send(kind === 'REGRESSOR' ? Number(text) : text);
  }

  const shared = { id, value: text, 'aria-invalid': messages.length > 0, 'aria-describedby': `${id}-hint ${id}-error` };
  return (
    <form onSubmit={submit} className="history-truth">
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
        <button type="submit" disabled={fetching || text === '' || text === request.feedback}>
          {request.feedback === null ? 'Tell the truth' : 'Change it'}
        </button>
        {request.feedback === null ? null : (
          <button
            type="button"
            disabled={fetching}
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
