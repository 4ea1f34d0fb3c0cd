import { graphql } from '../../gql';
import type { HistoryFiltersQuery, HistoryRequestQuery, HistoryRequestsQuery } from '../../gql/graphql';

/** What filters can be about. */
export const FILTERS = graphql(`
  query HistoryFilters {
    requests {
      totalCount
    }
    endpoints(first: 100) {
      nodes {
        id
        name
        kind
        unit
        classes
        positiveClass
        features {
          name
          type
          categories
          unit
          indexed
          indexedSince
        }
        algorithms(first: 100) {
          nodes {
            id
            name
            version
          }
        }
        abTests(first: 50) {
          nodes {
            id
            title
          }
        }
      }
    }
  }
`);

export const REQUESTS = graphql(`
  query HistoryRequests(
    $where: RequestWhere
    $orderBy: RequestOrderBy!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $inputs: Boolean!
  ) {
    requests(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      nodes {
        id
        requestId
        createdAt
        outcome
        fault
        label
        value
        probability
        confidence
        message
        latency
        feedback
        feedbackAt
        correct
        residual
        arm
        subject
        externalId
        input @include(if: $inputs)
        maskedFeatures @include(if: $inputs)
        endpoint {
          id
          name
          unit
        }
        algorithm {
          id
          name
          version
        }
        abTest {
          id
          title
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

/** Counts for each choice, each without the filter that it would set. */
export const FACETS = graphql(`
  query HistoryFacets(
    $where: RequestWhere
    $endpoints: RequestWhere
    $outcomes: RequestWhere
    $algorithms: RequestWhere
    $truths: RequestWhere
  ) {
    all: requests(where: $where) {
      totalCount
      totalCountIsCapped
    }
    endpoints: requests(where: $endpoints) {
      groupedAggregates(by: [ENDPOINT], orderBy: { figure: COUNT }, first: 20) {
        groups {
          endpoint {
            id
            name
          }
          aggregate {
            count
          }
        }
      }
    }
    outcomes: requests(where: $outcomes) {
      groupedAggregates(by: [OUTCOME], orderBy: { figure: COUNT }) {
        groups {
          outcome
          aggregate {
            count
          }
        }
      }
    }
    algorithms: requests(where: $algorithms) {
      groupedAggregates(by: [ALGORITHM], orderBy: { figure: COUNT }, first: 20) {
        groups {
          algorithm {
            id
            name
            version
          }
          aggregate {
            count
          }
        }
      }
    }
    truths: requests(where: $truths) {
      groupedAggregates(by: [CORRECT]) {
        groups {
          correct
          aggregate {
            count
          }
        }
      }
    }
  }
`);

/** The same for what no summary knows: it may take a moment longer, so it comes by itself. */
export const VALUE_FACETS = graphql(`
  query HistoryValueFacets($labels: RequestWhere, $tests: RequestWhere, $withLabels: Boolean!, $withTests: Boolean!) {
    labels: requests(where: $labels) @include(if: $withLabels) {
      groupedAggregates(by: [LABEL], orderBy: { figure: COUNT }, first: 20) {
        groups {
          label
          aggregate {
            count
          }
        }
      }
    }
    tests: requests(where: $tests) @include(if: $withTests) {
      groupedAggregates(by: [AB_TEST], orderBy: { figure: COUNT }, first: 20) {
        groups {
          abTest {
            id
            title
          }
          aggregate {
            count
          }
        }
      }
    }
  }
`);

export const EXPORT = graphql(`
  query HistoryExport($where: RequestWhere, $format: ExportFormat!) {
    requests(where: $where) {
      exportUrl(format: $format)
    }
  }
`);

export const REQUEST = graphql(`
  query HistoryRequest($id: ID!) {
    request(id: $id) {
      id
      requestId
      createdAt
      outcome
      fault
      message
      label
      value
      confidence
      probabilities {
        label
        probability
      }
      latency
      arm
      subject
      externalId
      input
      maskedFeatures
      feedback
      feedbackAt
      feedbackEvents {
        feedback
        createdAt
        createdBy
      }
      correct
      residual
      algorithm {
        id
        name
        version
        kind
        status
      }
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
          private
        }
      }
      abTest {
        id
        title
        state
        verdict
        summary
        createdAt
        endedAt
        champion {
          id
          name
          version
        }
        challenger {
          id
          name
          version
        }
      }
      abTestAnswers {
        champion {
          label
          value
          failed
          correct
          residual
        }
        challenger {
          label
          value
          failed
          correct
          residual
        }
      }
    }
  }
`);

export const TELL = graphql(`
  mutation HistoryTell($input: GiveFeedbackInput!) {
    giveFeedback(input: $input) {
      userErrors {
        code
        message
        path
      }
      request {
        id
        feedback
        feedbackAt
        correct
        residual
      }
    }
  }
`);

export type FilterEndpoint = HistoryFiltersQuery['endpoints']['nodes'][number];
export type Row = HistoryRequestsQuery['requests']['nodes'][number];
export type Whole = NonNullable<HistoryRequestQuery['request']>;
