import { useTransition } from 'react';
import { graphql, useMutation, useRefetchableFragment } from 'react-relay';

import type { RequestRowFeedbackMutation } from './__generated__/RequestRowFeedbackMutation.graphql';
import type { RequestRowRefetchQuery } from './__generated__/RequestRowRefetchQuery.graphql';
import type { RequestRow_request$key } from './__generated__/RequestRow_request.graphql';

/** One prediction, a button that says it was right, and one that asks again for this request alone. */
export function RequestRow({ request }: { request: RequestRow_request$key }) {
  const [data, refetch] = useRefetchableFragment<RequestRowRefetchQuery, RequestRow_request$key>(
    graphql`
      fragment RequestRow_request on Request @refetchable(queryName: "RequestRowRefetchQuery") {
        id
        requestId
        label
        correct
        algorithm {
          name
        }
      }
    `,
    request,
  );
  const { id, requestId, label, correct, algorithm } = data;
  const [isAsking, startTransition] = useTransition();
  const [giveFeedback, isSaving] = useMutation<RequestRowFeedbackMutation>(graphql`
    mutation RequestRowFeedbackMutation($requestId: ID!, $feedback: JSON) {
      giveFeedback(input: { requestId: $requestId, feedback: $feedback }) {
        request {
          id
          correct
        }
        userErrors {
          message
        }
      }
    }
  `);
  const confirm = () => giveFeedback({ variables: { requestId: id, feedback: label } });
  return (
    <li data-id={requestId}>
      {algorithm?.name}: {label}, {correct == null ? 'open' : correct ? 'right' : 'wrong'}{' '}
      {correct == null && (
        <button disabled={isSaving} onClick={confirm}>
          it was so
        </button>
      )}
      <button
        disabled={isAsking}
        onClick={() => startTransition(() => void refetch({}, { fetchPolicy: 'network-only' }))}
      >
        look again
      </button>
    </li>
  );
}
