import { commitMutation, graphql } from 'react-relay';
import type { Environment } from 'relay-runtime';

import type { IncomeClassifierFeatures, predictMutation } from './__generated__/predictMutation.graphql';

type Features = Required<IncomeClassifierFeatures>;

/** The number of a new prediction about `subject`. */
export function predict(environment: Environment, subject: string, features: Features): Promise<string> {
  return new Promise((resolve, reject) => {
    commitMutation<predictMutation>(environment, {
      mutation: graphql`
        mutation predictMutation($subject: String!, $features: IncomeClassifierFeatures!) {
          predictIncomeClassifier(input: { subject: $subject, features: $features }) {
            request {
              requestId
            }
            userErrors {
              message
            }
          }
        }
      `,
      variables: { subject, features },
      onError: reject,
      onCompleted: ({ predictIncomeClassifier: { request, userErrors } }) =>
        request && userErrors.length === 0
          ? resolve(request.requestId)
          : reject(new Error(userErrors.map((error) => error.message).join('; '))),
    });
  });
}
