import { cacheExchange, Client, type Exchange, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

import { beside } from '../place';

/** A document as codegen writes it: with the id under which the server knows it. */
interface Trusted {
  __meta__?: { hash?: string };
}

/**
 * A client that sends each document's id in its place, so that the console runs where only trusted documents may.
 *
 * A development server of Vite sends texts: what is being written is in no manifest yet.
 */
export function clientOf(key: string | null): Client {
  const ids: Exchange = persistedExchange({
    enforcePersistedQueries: true,
    enableForMutation: true,
    enableForSubscriptions: true,
    preferGetForPersistedQueries: false,
    generateHash: async (_text, document) => (document as Trusted).__meta__?.hash ?? '',
  });
  return new Client({
    url: new URL(beside('graphql'), window.location.origin).toString(),
    exchanges: [cacheExchange, ...(import.meta.env.DEV ? [] : [ids]), fetchExchange],
    preferGetMethod: false,
    fetchSubscriptions: true,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => (key === null ? {} : { headers: { authorization: `Bearer ${key}` } }),
  });
}
