import { graphql, useLazyLoadQuery } from 'react-relay';

import { RequestList } from './RequestList';
import type { HistoryQuery, RequestWhere } from './__generated__/HistoryQuery.graphql';

/** The requests that meet `where`, from the newest one or from behind a cursor. */
export function History({ where, after }: { where: RequestWhere; after?: string }) {
  const query = useLazyLoadQuery<HistoryQuery>(
    graphql`
      query HistoryQuery($where: RequestWhere, $first: Int, $after: String) {
        ...RequestList_query @arguments(where: $where, first: $first, after: $after)
      }
    `,
    { where, first: 2, after },
  );
  return <RequestList query={query} />;
}
