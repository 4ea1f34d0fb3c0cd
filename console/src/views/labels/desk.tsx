import { type FormEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react';
import { useMutation } from 'urql';

import { Problem } from '../../components/problem';
import { Empty } from '../../components/states';
import { FieldError, messagesAt, UserErrors } from '../../components/user-errors';
import { numberText, Time } from '../../components/values';
import { problemOf } from '../../graph/problems';
import { TELL } from './queries';

const AT = ['input', 'feedback'] as const;
/** As many classes have a key of their own. */
const KEYS = 9;

interface Said {
  label: string | null;
  value: number | null;
  failed?: boolean;
}

/** A prediction without a truth. */
export interface Item {
  requestId: string;
  createdAt: string;
  input: unknown;
  maskedFeatures: readonly string[];
  said: readonly (readonly [who: string, answer: Said])[];
  endpoint: {
    name: string;
    kind: string | null;
    classes: readonly string[] | null;
    unit: string | null;
    target: string | null;
    targetDescription: string | null;
    features: readonly { name: string; description: string; unit: string | null }[];
  };
}

interface Told {
  item: Item;
  truth: string;
}

export interface DeskProps {
  items: readonly Item[];
  /** How many wait in all; null where nobody has counted. */
  left: number | null;
  why: string;
  /** Fetches what comes behind these; null where there is nothing. */
  onMore: (() => void) | null;
  /** Begins anew, with those that were skipped. */
  onAgain: () => void;
}

/** Where the truths are told: one prediction at a time, with keys, a way past it and a way back. */
export function Desk({ items, left, why, onMore, onAgain }: DeskProps) {
  const [result, send] = useMutation(TELL);
  const [told, setTold] = useState<readonly Told[]>([]);
  const [skipped, setSkipped] = useState<readonly string[]>([]);
  const [back, setBack] = useState<Item | null>(null);
  const [notice, setNotice] = useState('');
  const [keys, setKeys] = useState(true);
  const done = new Set([...told.map(({ item }) => item.requestId), ...skipped]);
  const item = back ?? items.find(({ requestId }) => !done.has(requestId)) ?? null;
  const errors = result.data?.giveFeedback.userErrors ?? [];

  const tell = async (truth: string) => {
    if (!item || result.fetching) return;
    const feedback: unknown = item.endpoint.classes ? truth : Number(truth);
    const { data } = await send({ input: { requestId: item.requestId, feedback } });
    if (!data || data.giveFeedback.userErrors.length > 0) return;
    setBack(null);
    setTold((now) => [...now, { item, truth }]);
    setNotice(`Told: ${truth}.`);
  };
  const skip = () => {
    if (!item) return;
    setBack(null);
    setSkipped((now) => [...now, item.requestId]);
    setNotice('Skipped.');
  };
  const undo = async () => {
    const last = told.at(-1);
    if (!last || result.fetching) return;
    const { data } = await send({ input: { requestId: last.item.requestId, feedback: null } });
    if (!data || data.giveFeedback.userErrors.length > 0) return;
    setTold((now) => now.slice(0, -1));
    setBack(last.item);
    setNotice(`Taken back: ${last.truth}.`);
  };
  useKeys(keys, (key) => {
    const label = item?.endpoint.classes?.[Number(key) - 1];
    if (label !== undefined) void tell(label);
    else if (key === 's') skip();
    else if (key === 'u') void undo();
    else return false;
    return true;
  });
  useMore(item === null, onMore);

  return (
    <>
      <p className="labels-progress">
        <span className="badge">{numberText(told.length)} told</span>
        {left === null ? null : <span className="badge">{numberText(left)} left</span>}
        {skipped.length > 0 ? <span className="badge">{numberText(skipped.length)} skipped</span> : null}
        <output className="soft">{notice}</output>
      </p>
      {item ? (
        <section className="panel labels-desk" aria-label={`Request ${item.requestId}`}>
          <p className="soft">
            {why} Asked of {item.endpoint.name} on <Time at={item.createdAt} />.
          </p>
          <Input item={item} />
          <Question item={item} busy={result.fetching} onTell={(truth) => void tell(truth)} errors={messagesAt(errors, AT)} />
          <p className="buttons">
            <button type="button" disabled={result.fetching} onClick={skip}>
              Skip <kbd>S</kbd>
            </button>
            <button type="button" disabled={told.length === 0 || result.fetching} onClick={() => void undo()}>
              Undo <kbd>U</kbd>
            </button>
            <label className="labels-keys">
              <input type="checkbox" checked={keys} onChange={(event) => setKeys(event.target.checked)} /> Keys on
            </label>
          </p>
          <Said item={item} />
        </section>
      ) : onMore === null ? (
        <Through told={told.length} skipped={skipped.length}>
          <p className="buttons">
            <button type="button" disabled={told.length === 0} onClick={() => void undo()}>
              Undo <kbd>U</kbd>
            </button>
            <button
              type="button"
              onClick={() => {
                setSkipped([]);
                onAgain();
              }}
            >
              Look again
            </button>
          </p>
        </Through>
      ) : (
        <p className="soft">Fetching more…</p>
      )}
      <UserErrors errors={errors} shown={[AT]} />
      {result.error ? <Problem of={problemOf(result.error)} /> : null}
    </>
  );
}

function Through({ told, skipped, children }: { told: number; skipped: number; children: ReactNode }) {
  return (
    <Empty title={told + skipped === 0 ? 'Nothing waits for a truth here.' : 'That was all.'}>
      {skipped > 0 ? <p>{numberText(skipped)} were skipped; looking again brings them back.</p> : null}
      {children}
    </Empty>
  );
}

function Input({ item: { input, maskedFeatures, endpoint } }: { item: Item }) {
  const given = typeof input === 'object' && input !== null ? Object.entries(input) : [['input', input] as const];
  const place = (name: string) => {
    const found = endpoint.features.findIndex((feature) => feature.name === name);
    return found === -1 ? endpoint.features.length : found;
  };
  const sorted = given.toSorted(([one], [other]) => place(one) - place(other));
  return (
    <dl className="labels-input">
      {sorted.map(([name, value]) => {
        const feature = endpoint.features.find((one) => one.name === name);
        return (
          <div key={name}>
            <dt title={feature?.description}>{name}</dt>
            <dd>
              {maskedFeatures.includes(name) ? <span className="soft">hidden</span> : valueText(value)}
              {feature?.unit && value !== null ? ` ${feature.unit}` : ''}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

interface QuestionProps {
  item: Item;
  busy: boolean;
  errors: readonly string[];
  onTell: (truth: string) => void;
}

function Question({ item: { endpoint, requestId }, busy, errors, onTell }: QuestionProps) {
  const id = useId();
  const { classes, unit, target, targetDescription } = endpoint;
  return (
    <div className="labels-question">
      <h2 id={id}>What was true{target ? ` (${target})` : ''}?</h2>
      <p className="hint">{targetDescription}</p>
      {classes ? (
        <fieldset aria-labelledby={id} className="buttons">
          {classes.map((label, place) => (
            <button key={label} type="button" className="labels-class" disabled={busy} onClick={() => onTell(label)}>
              {place < KEYS ? <kbd>{place + 1}</kbd> : null} {label}
            </button>
          ))}
        </fieldset>
      ) : (
        <NumberAnswer key={requestId} labelled={id} unit={unit} busy={busy} onTell={onTell} />
      )}
      <FieldError id={`${id}-error`} messages={errors} />
    </div>
  );
}

function NumberAnswer({ labelled, unit, busy, onTell }: { labelled: string; unit: string | null; busy: boolean; onTell: (truth: string) => void }) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  // Whoever types numbers has the hands there: the next field is ready without a mouse.
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="buttons"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (text !== '') onTell(text);
      }}
    >
      <input ref={field} type="number" step="any" aria-labelledby={labelled} value={text} onChange={(event) => setText(event.target.value)} />
      {unit}
      <button type="submit" className="primary" disabled={busy || text === ''}>
        Tell
      </button>
    </form>
  );
}

/** What was answered may sway who tells the truth: it is shown to whoever asks. */
function Said({ item }: { item: Item }) {
  return (
    <details key={item.requestId}>
      <summary>What was answered (it may sway you)</summary>
      <dl className="facts">
        {item.said.map(([who, { label, value, failed }]) => (
          <div key={who} className="labels-said">
            <dt>{who}</dt>
            <dd>{failed ? 'failed' : (label ?? numberText(value))}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'not known';
  if (typeof value === 'number') return numberText(value, 6);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Fields in which letters mean something; in one for numbers they do not. */
const TYPING = 'input:not([type=checkbox], [type=number]), select, textarea, dialog *';

/** Keys without Ctrl or Alt, unless somebody types into a field. `act` says whether the key meant something. */
function useKeys(on: boolean, act: (key: string) => boolean) {
  const current = useRef(act);
  useEffect(() => {
    current.current = act;
  });
  const onKey = useCallback((event: KeyboardEvent) => {
    const { target, ctrlKey, altKey, metaKey, repeat } = event;
    if (ctrlKey || altKey || metaKey || repeat) return;
    if (target instanceof HTMLElement && target.matches(TYPING)) return;
    if (current.current(event.key.toLowerCase())) event.preventDefault();
  }, []);
  useEffect(() => {
    if (!on) return undefined;
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [on, onKey]);
}

/** Goes on to the next page when this one is worked through. */
function useMore(through: boolean, onMore: (() => void) | null) {
  const more = useRef(onMore);
  useEffect(() => {
    more.current = onMore;
  });
  const wanted = through && onMore !== null;
  useEffect(() => {
    if (wanted) more.current?.();
  }, [wanted]);
}
