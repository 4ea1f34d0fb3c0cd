import { graphql } from '../../gql';
import type { PredictAnswerQuery, PredictFormQuery } from '../../gql/graphql';

export const ENDPOINTS = graphql(`
  query PredictEndpoints {
    endpoints(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

export const FORM = graphql(`
  query PredictForm($name: String!) {
    endpoint(name: $name) {
      id
      name
      description
      kind
      target
      unit
      example
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
      }
      algorithms(first: 100) {
        nodes {
          id
          name
          version
          status
          ready
        }
      }
      runningABTest {
        id
        title
      }
    }
  }
`);

export const PREDICT = graphql(`
  mutation Predict($input: PredictInput!) {
    predict(input: $input) {
      userErrors {
        code
        message
        path
      }
      request {
        id
        requestId
        outcome
      }
    }
  }
`);

export const ANSWER = graphql(`
  query PredictAnswer($id: ID!) {
    request(id: $id) {
      id
      requestId
      createdAt
      outcome
      message
      label
      value
      probabilities {
        label
        probability
      }
      latency
      arm
      abTest {
        id
        title
      }
      algorithm {
        id
        name
        version
      }
      endpoint {
        id
        name
        kind
        classes
        unit
        target
        targetDescription
      }
      feedback
      correct
      residual
    }
  }
`);

export const TELL = graphql(`
  mutation PredictTell($input: GiveFeedbackInput!) {
    giveFeedback(input: $input) {
      userErrors {
        code
        message
        path
      }
      request {
        id
        feedback
        correct
        residual
      }
    }
  }
`);

export type FormEndpoint = NonNullable<PredictFormQuery['endpoint']>;
export type FormFeature = FormEndpoint['features'][number];
export type Answer = NonNullable<PredictAnswerQuery['request']>;
