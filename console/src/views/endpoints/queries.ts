import { graphql } from '../../gql';
import type { EndpointPageQuery, StatusName } from '../../gql/graphql';

export const ENDPOINTS = graphql(`
  query EndpointList {
    endpoints(first: 100) {
      nodes {
        id
        name
        owner
        description
        kind
        runningABTest {
          id
          title
        }
        algorithms(first: 100) {
          nodes {
            id
            name
            version
            status
            ready
            problem
          }
        }
      }
    }
  }
`);

export const ENDPOINT = graphql(`
  query EndpointPage($name: String!) {
    endpoint(name: $name) {
      id
      name
      owner
      description
      createdAt
      kind
      target
      targetDescription
      classes
      positiveClass
      unit
      largestError
      predictField
      features {
        name
        type
        description
        categories
        minimum
        maximum
        unit
        required
        nullable
        private
        indexed
      }
      revisions {
        number
        createdAt
        digest
        breaking
      }
      runningABTest {
        id
        title
        champion {
          id
        }
        challenger {
          id
        }
      }
      algorithms(first: 100) {
        nodes {
          id
          name
          version
          description
          owner
          createdAt
          status
          ready
          problem
          doubt
          digest
          heldOutMetrics {
            rows
            accuracy
            logLoss
            rmse
            mae
          }
          withdrawnAt
          withdrawnReason
          statuses(first: 20) {
            nodes {
              id
              status
              active
              createdBy
              createdAt
            }
          }
        }
      }
    }
  }
`);

export const SET_STATUS = graphql(`
  mutation SetStatus($input: SetAlgorithmStatusInput!) {
    setAlgorithmStatus(input: $input) {
      userErrors {
        code
        message
        path
      }
      algorithmStatus {
        id
        status
        active
        createdAt
        createdBy
        algorithm {
          id
          status
        }
      }
    }
  }
`);

export type Endpoint = NonNullable<EndpointPageQuery['endpoint']>;
export type Algorithm = Endpoint['algorithms']['nodes'][number];

/** What each status is for. */
export const STATUS_WORDS: Record<StatusName, string> = {
  PRODUCTION: 'answers whoever asks for no other',
  TESTING: 'answers whoever asks for it',
  AB_TESTING: 'is an arm of a running A/B test',
};

export const STATUS_LOOKS: Record<StatusName, string> = { PRODUCTION: 'badge good', TESTING: 'badge', AB_TESTING: 'badge warn' };

export function nameOf({ name, version }: { name: string; version: string }): string {
  return `${name} ${version}`;
}
