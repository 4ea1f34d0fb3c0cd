import { RouterProvider } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Provider } from 'urql';

import { clientOf } from './graph/client';
import { router } from './router';
import { KeyContext, useKey } from './shell/key';
import { Entrance } from './shell/entrance';

/** The whole application: a key, a client that sends it, whoever that makes the visitor, and the views. */
export function Console() {
  const kept = useKey();
  // Another key is another person: nothing that the last one saw is left in the cache.
  const client = useMemo(() => clientOf(kept.key), [kept.key]);
  return (
    <KeyContext value={kept}>
      <Provider value={client} key={kept.key}>
        <Entrance>
          <RouterProvider router={router} />
        </Entrance>
      </Provider>
    </KeyContext>
  );
}
