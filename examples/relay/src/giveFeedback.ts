import { commitMutation, graphql } from 'react-relay';
import type { Environment } from 'relay-runtime';

import type { giveFeedbackMutation } from './__generated__/giveFeedbackMutation.graphql';

/** Tell what was true of a request; null takes it back. */
export function giveFeedback(environment: Environment, requestId: string, feedback: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    commitMutation<giveFeedbackMutation>(environment, {
      mutation: graphql`
        mutation giveFeedbackMutation($requestId: ID!, $feedback: JSON) {
          giveFeedback(input: { requestId: $requestId, feedback: $feedback }) {
            request {
              correct
            }
            userErrors {
              message
            }
          }
        }
      `,
      variables: { requestId, feedback },
      onError: reject,
      onCompleted: ({ giveFeedback: { userErrors } }) =>
        userErrors.length === 0
          ? resolve()
          : reject(new Error(userErrors.map((error) => error.message).join('; '))),
    });
  });
}
