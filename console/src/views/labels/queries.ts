import { graphql } from '../../gql';
import type { LabelsSourcesQuery } from '../../gql/graphql';

export const SOURCES = graphql(`
  query LabelsSources {
    abTests(state: RUNNING, first: 100) {
      nodes {
        id
        title
        plan {
          mode
        }
        endpoint {
          id
          name
        }
      }
    }
    endpoints(first: 100) {
      nodes {
        id
        name
        kind
      }
    }
  }
`);

export const OF_TEST = graphql(`
  query LabelsOfTest($test: ID!, $after: String) {
    feedbackQueue(abTest: $test, first: 20, after: $after) {
      totalCount
      totalCountIsCapped
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        request {
          id
          requestId
          createdAt
          label
          value
          input
          maskedFeatures
          endpoint {
            id
            name
            kind
            classes
            unit
            target
            targetDescription
            features {
              name
              description
              unit
            }
          }
        }
        champion {
          label
          value
          failed
        }
        challenger {
          label
          value
          failed
        }
      }
    }
  }
`);

export const OF_ENDPOINT = graphql(`
  query LabelsOfEndpoint($where: RequestWhere!, $order: RequestOrderBy!, $after: String) {
    requests(where: $where, orderBy: $order, first: 20, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        requestId
        createdAt
        label
        value
        confidence
        input
        maskedFeatures
        endpoint {
          id
          name
          kind
          classes
          unit
          target
          targetDescription
          features {
            name
            description
            unit
          }
        }
      }
    }
  }
`);

export const TELL = graphql(`
  mutation LabelsTell($input: GiveFeedbackInput!) {
    giveFeedback(input: $input) {
      userErrors {
        code
        message
        path
      }
      request {
        id
        requestId
      }
    }
  }
`);

export type Sources = LabelsSourcesQuery;
