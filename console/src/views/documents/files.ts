import { CombinedError } from '@urql/core';
import { useCallback, useEffect, useState } from 'react';
import { CONTENTS } from 'virtual:documents';

import type { Asked } from '../../graph/asked';
import { CONSOLE } from '../../place';
import type { Contents, Node, Section } from './tree';

/** Files never change under their names, so each is asked for once. */
const kept = new Map<string, Promise<unknown>>();

async function fetched(file: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${CONSOLE}assets/${file}`);
  } catch (error) {
    throw new CombinedError({ networkError: error instanceof Error ? error : new Error(String(error)) });
  }
  if (!response.ok) throw new CombinedError({ networkError: new Error(response.statusText), response });
  return response.json();
}

interface Found {
  file: string | null;
  data?: unknown;
  error?: CombinedError;
}

/** A file of the documents in the states of `<Loaded>`; nothing is asked for while its name is not known. */
function useFile<Data>(file: string | null): Asked<Data> {
  const [found, setFound] = useState<Found>({ file: null });
  const load = useCallback(() => {
    if (file === null) return;
    const asked = kept.get(file) ?? fetched(file);
    kept.set(file, asked);
    asked.then(
      (data) => setFound({ file, data }),
      (error: unknown) => {
        kept.delete(file);
        setFound({ file, error: error as CombinedError });
      },
    );
  }, [file]);
  useEffect(load, [load]);
  // What came of another file is not of this one.
  const current = found.file === file ? found : undefined;
  return { data: current?.data as Data | undefined, error: current?.error, fetching: current === undefined, again: load };
}

export const useContents = () => useFile<Contents>(CONTENTS);
export const useNodes = (file: string) => useFile<Node[]>(file);
export const useSections = (file: string | null) => useFile<Section[]>(file);
