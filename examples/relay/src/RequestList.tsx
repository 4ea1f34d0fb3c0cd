import { graphql, usePaginationFragment } from 'react-relay';

import { RequestRow } from './RequestRow';
import type { RequestListPaginationQuery } from './__generated__/RequestListPaginationQuery.graphql';
import type { RequestList_query$key } from './__generated__/RequestList_query.graphql';

const PAGE = 2;

/** The history, newest first; it grows at both ends. */
export function RequestList({ query }: { query: RequestList_query$key }) {
  const { data, hasNext, hasPrevious, isLoadingNext, isLoadingPrevious, loadNext, loadPrevious } =
    usePaginationFragment<RequestListPaginationQuery, RequestList_query$key>(
      graphql`
        fragment RequestList_query on Query
        @argumentDefinitions(
          where: { type: "RequestWhere" }
          first: { type: "Int" }
          after: { type: "String" }
          last: { type: "Int" }
          before: { type: "String" }
        )
        @refetchable(queryName: "RequestListPaginationQuery") {
          requests(where: $where, first: $first, after: $after, last: $last, before: $before)
            @connection(key: "RequestList_requests") {
            edges {
              node {
                id
                ...RequestRow_request
              }
            }
          }
        }
      `,
      query,
    );
  return (
    <section>
      {hasPrevious && (
        <button disabled={isLoadingPrevious} onClick={() => loadPrevious(PAGE)}>
          newer
        </button>
      )}
      <ol>
        {data.requests.edges.map(({ node }) => (
          <RequestRow key={node.id} request={node} />
        ))}
      </ol>
      {hasNext && (
        <button disabled={isLoadingNext} onClick={() => loadNext(PAGE)}>
          older
        </button>
      )}
    </section>
  );
}
