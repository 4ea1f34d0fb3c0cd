import { fetchQuery, graphql } from 'react-relay';
import type { Environment } from 'relay-runtime';

import type { cursorQuery } from './__generated__/cursorQuery.graphql';

/** The cursor of a request among the newest: what a link into the middle of the list carries. */
export async function cursorOf(environment: Environment, requestId: string): Promise<string> {
  const data = await fetchQuery<cursorQuery>(
    environment,
    graphql`
      query cursorQuery {
        requests(first: 100) {
          edges {
            cursor
            node {
              requestId
            }
          }
        }
      }
    `,
    {},
  ).toPromise();
  const edge = data?.requests.edges.find(({ node }) => node.requestId === requestId);
  if (edge === undefined) {
    throw new Error(`request ${requestId} is not among the newest 100`);
  }
  return edge.cursor;
}
