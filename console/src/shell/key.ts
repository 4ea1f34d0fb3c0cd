import { createContext, use, useCallback, useMemo, useState } from 'react';

// The same place as GraphiQL's: who has signed in here has signed in there, in the same tab.
const KEPT_AS = 'arbiter:key';

/** The key or token that this tab keeps, and the ways to change it. */
export interface Kept {
  key: string | null;
  /** Why the last key was not taken; null where nothing went wrong. */
  refused: string | null;
  enter: (key: string) => void;
  leave: (refused?: string) => void;
}

export const KeyContext = createContext<Kept>({ key: null, refused: null, enter: () => {}, leave: () => {} });

/** The key, from anywhere inside the application. */
export function useKept(): Kept {
  return use(KeyContext);
}

/** Keeps a key for the tab: closing it forgets the key. */
export function useKey(): Kept {
  const [state, setState] = useState<{ key: string | null; refused: string | null }>(() => ({
    key: window.sessionStorage.getItem(KEPT_AS),
    refused: null,
  }));
  const enter = useCallback((key: string) => {
    window.sessionStorage.setItem(KEPT_AS, key);
    setState({ key, refused: null });
  }, []);
  const leave = useCallback((refused?: string) => {
    window.sessionStorage.removeItem(KEPT_AS);
    setState({ key: null, refused: refused ?? null });
  }, []);
  return useMemo(() => ({ ...state, enter, leave }), [state, enter, leave]);
}

/** A key as it was meant: keys are often copied together with the word before them. */
export function cleaned(text: string): string {
  return text.trim().replace(/^bearer\s+/i, '');
}

/** Whether a header can carry it: no spaces, no letters with accents. */
export function isSendable(key: string): boolean {
  return /^[!-~]+$/.test(key);
}
