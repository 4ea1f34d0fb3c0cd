import { Environment, Network, RecordSource, Store, type FetchFunction } from 'relay-runtime';

/** Relay over one Arbiter server. */
export function environment(url: string, key?: string): Environment {
  const call: FetchFunction = async (request, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json',
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      },
      // With persistConfig the compiler keeps the texts to itself: the server knows them by their ids.
      body: JSON.stringify(
        request.text === null ? { documentId: request.id, variables } : { query: request.text, variables },
      ),
    });
    if (!response.headers.get('Content-Type')?.includes('json')) {
      throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    }
    return response.json();
  };
  return new Environment({ network: Network.create(call), store: new Store(new RecordSource()) });
}
