import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';

export interface Options {
  /** The API key; without one the caller is anonymous. */
  key?: string | undefined;
  /** Send the document's hash instead of its text: the server must know src/gql/persisted-documents.json. */
  trustedDocuments?: boolean;
}

/** One list for each `where` and `orderBy`; fetchMore adds its page to that list. */
const requests = relayStylePagination(['where', 'orderBy']);

export function client(uri: string, { key, trustedDocuments = false }: Options = {}): ApolloClient {
  const http = new HttpLink({ uri, headers: key === undefined ? {} : { Authorization: `Bearer ${key}` } });
  return new ApolloClient({
    link: trustedDocuments ? ApolloLink.from([byHash(), http]) : http,
    cache: new InMemoryCache({
      // Every object has an `id` that is unique among all types, so that the cache needs no keyFields.
      typePolicies: {
        Query: { fields: { requests } },
        Endpoint: { fields: { requests } },
        Algorithm: { fields: { requests } },
        ABTest: { fields: { requests } },
      },
    }),
  });
}

/** Sends the hash that codegen has left on the document. The text is never sent, known or not. */
function byHash(): ApolloLink {
  return new PersistedQueryLink({
    generateHash: (document) => (document as { __meta__?: { hash: string } }).__meta__!.hash,
    retry: () => false,
    disable: () => false,
  });
}
