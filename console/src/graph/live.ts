import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';

export type LiveState = 'connecting' | 'live' | 'waiting' | 'hidden' | 'ended' | 'off';

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
/** A stream says nothing until its first event; one that has not failed by then is there. */
const SILENCE = 1000;
/** Events come again only shortly after they came. */
const REMEMBERED = 1000;

export interface Live<Data, Variables> {
  document: TypedDocumentNode<Data, Variables>;
  variables: Variables;
  /** Called with each event, once. Give a stable function, or one that only sets state. */
  onEvent: (event: Data) => void;
  /** What tells one event from another: events come twice at the end of a stream, and again after a pause. Left out,
   * each is handed on. */
  idOf?: (event: Data) => string;
  /** The variables with which a stream goes on after the event of this id; left out, it begins anew. */
  after?: (variables: Variables, id: string) => Variables;
  /** Whether this event is the last one: then nothing is connected again. */
  isLast?: (event: Data) => boolean;
  off?: boolean;
}

/**
 * Follows a subscription for as long as the view is seen.
 *
 * A browser keeps six connections to a host, so a hidden tab gives its own back. What was missed comes first when it is
 * seen again, by `after`. After a failure it waits, each time twice as long.
 */
export function useLive<Data, Variables extends AnyVariables>(live: Live<Data, Variables>): LiveState {
  const client = useClient();
  const [state, setState] = useState<LiveState>('connecting');
  const current = useRef(live);
  useEffect(() => {
    current.current = live;
  });
  const given = JSON.stringify(live.variables);
  const { document: followed, off = false } = live;

  useEffect(() => {
    if (off) return undefined;
    const variables = JSON.parse(given) as Variables;
    const seen = new Set<string>();
    let last: string | null = null;
    let pause = FIRST_PAUSE;
    let ended = false;
    let stop: () => void = () => {};

    function connect() {
      stop();
      if (ended) return;
      if (window.document.hidden) {
        setState('hidden');
        return;
      }
      setState('connecting');
      const { after } = current.current;
      const now = last !== null && after ? after(variables, last) : variables;
      let over = false;
      let timer = window.setTimeout(() => setState('live'), SILENCE);
      const again = () => {
        if (over) return;
        over = true;
        window.clearTimeout(timer);
        setState('waiting');
        timer = window.setTimeout(connect, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      };
      const source = client.subscription<Data>(followed, now);
      const following = source.subscribe(({ data, error, hasNext }) => {
        if (over) return;
        if (data) {
          pause = FIRST_PAUSE;
          setState('live');
          if (take(data)) {
            ended = true;
            over = true;
            window.clearTimeout(timer);
            // The stream is still being read here: to break it off now would be an error that nobody catches.
            window.setTimeout(() => stop());
            setState('ended');
            return;
          }
        }
        if (error || !hasNext) again();
      });
      stop = () => {
        over = true;
        window.clearTimeout(timer);
        following.unsubscribe();
      };
    }

    /** Hands on what is new, and says whether it was the last. */
    function take(event: Data): boolean {
      const { idOf, onEvent, isLast } = current.current;
      const id = idOf?.(event);
      if (id === undefined || !seen.has(id)) onEvent(event);
      if (id !== undefined) {
        seen.add(id);
        last = id;
        if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? '');
      }
      return isLast?.(event) ?? false;
    }

    const onVisibility = () => connect();
    connect();
    window.document.addEventListener('visibilitychange', onVisibility);
    return () => {
      window.document.removeEventListener('visibilitychange', onVisibility);
      stop();
    };
  }, [client, followed, given, off]);

  return off ? 'off' : state;
}
