import { graphql } from './gql/index.js';

export const PredictIncome = graphql(`
  mutation PredictIncome($subject: String!, $features: IncomeClassifierFeatures!) {
    predictIncomeClassifier(input: { subject: $subject, features: $features }) {
      request {
        id
        label
      }
      userErrors {
        code
        message
      }
    }
  }
`);

// The payload has the request's id and what changed: that is all the cache needs to bring every list up to date.
export const GiveFeedback = graphql(`
  mutation GiveFeedback($requestId: ID!, $feedback: JSON) {
    giveFeedback(input: { requestId: $requestId, feedback: $feedback }) {
      request {
        id
        feedback
        correct
      }
      userErrors {
        code
        message
      }
    }
  }
`);

// relayStylePagination wants edges with cursors, and all four fields of pageInfo.
export const History = graphql(`
  query History($where: RequestWhere, $first: Int!, $after: String) {
    requests(where: $where, first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          label
          feedback
          correct
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);
