import { type FormEvent, useRef, useState } from 'react';

import { beside } from '../place';
import { cleaned, isSendable, useKept } from './key';
import type { Viewer } from './viewer';

/** Asks for a key or token; says what the one that was given lacks. */
export function SignIn({ viewer }: { viewer: Viewer }) {
  const { refused, enter, leave } = useKept();
  const [wrong, setWrong] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const lacking = viewer.anonymous
    ? null
    : `The key of “${viewer.name}” may not read: ask for one with the scope read.`;
  const said = wrong ?? refused ?? lacking;

  function submit(event: FormEvent) {
    event.preventDefault();
    const key = cleaned(field.current?.value ?? '');
    if (field.current) field.current.value = '';
    if (key === '') return;
    if (!isSendable(key)) {
      setWrong('This is no key: a key or token has no spaces and no letters with accents.');
      field.current?.focus();
      return;
    }
    setWrong(null);
    enter(key);
  }

  return (
    <main className="alone">
      <title>Sign in · Arbiter</title>
      <h1>Arbiter</h1>
      <p>Sign in with an API key or a token that may read. It is kept for this tab only.</p>
      <form onSubmit={submit} className="sign-in">
        <label htmlFor="key">Key or token</label>
        <input
          id="key"
          ref={field}
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          aria-invalid={said !== null}
          aria-describedby="said"
        />
        <p id="said" role="alert" className="field-error">
          {said}
        </p>
        <button type="submit" className="primary">
          Sign in
        </button>
        {viewer.anonymous ? null : (
          <button type="button" onClick={() => leave()}>
            Forget this key
          </button>
        )}
      </form>
      <p className="soft">
        No key? The operator makes one with <code>arbiter keys create NAME --scope read</code>. Without one you can read
        the <a href={beside('docs')}>documents</a>.
      </p>
    </main>
  );
}
