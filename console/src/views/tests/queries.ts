import { graphql } from '../../gql';
import type { LookAtTestQuery, NewTestEndpointQuery } from '../../gql/graphql';

export const TESTS = graphql(`
  query Tests($endpoint: ID, $state: ABTestState, $after: String) {
    abTests(endpoint: $endpoint, state: $state, first: 20, after: $after) {
      totalCount
      totalCountIsCapped
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        title
        state
        verdict
        reason
        summary
        createdAt
        endedAt
        endpoint {
          id
          name
        }
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
    }
    endpoints(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

export const STANDING = graphql(`
  query TestStanding($id: ID!) {
    abTest(id: $id) {
      id
      result {
        reason
      }
    }
  }
`);

export const LOOK = graphql(`
  query LookAtTest($id: ID!) {
    abTest(id: $id) {
      id
      title
      kind
      traffic
      state
      verdict
      reason
      summary
      createdBy
      createdAt
      endedAt
      endpoint {
        id
        name
        unit
        features {
          name
          indexed
        }
      }
      champion {
        id
        name
        version
        status
      }
      challenger {
        id
        name
        version
        status
      }
      plan {
        mode
        serve
        metric
        alpha
        minimumEffect
        minFeedback
        maxFeedback
        minDuration
        maxDuration
        feedbackDelay
        challengerWeight
        autoDecide
        outcomeSeen
        outcomeSeenFor
        outcomeAffected
        largestError
        thirdAlgorithm
      }
      result {
        verdict
        reason
        holds
        withheld
        caveat
        feedbackShare
        eValue
        isExact
        warnings
        arms {
          arm
          served
          withFeedback
          errors
          value
          valueReason
          interval {
            low
            high
          }
        }
        difference {
          estimate
          interval {
            low
            high
          }
        }
        discordance {
          challengerOnly
          championOnly
          bothRight
          bothWrong
        }
        sampleRatio {
          passed
          p
          epochs {
            challengerWeight
            champion
            challenger
          }
        }
        selectiveFeedback {
          passed
          text
        }
        lateTruths {
          passed
          text
        }
        guardrails {
          name
          passed
          text
        }
        power {
          needed
          reason
          progress
          detectable
        }
      }
      events {
        kind
        createdBy
        createdAt
        details
      }
    }
  }
`);

export const SERIES = graphql(`
  query TestSeries($id: ID!) {
    abTest(id: $id) {
      id
      series(points: 200) {
        feedback
        estimate
        interval {
          low
          high
        }
        eValue
      }
    }
  }
`);

export const SLICES = graphql(`
  query TestSlices($id: ID!, $feature: String!) {
    abTest(id: $id) {
      id
      slices(feature: $feature) {
        value
        feedback
        champion
        challenger
        difference
        eValue
        worse
      }
    }
  }
`);

export const WORST = graphql(`
  query TestWorstSlice($id: ID!) {
    abTest(id: $id) {
      id
      worstSlice {
        feature
        value
        difference
        feedback
      }
    }
  }
`);

export const UPDATED = graphql(`
  subscription TestUpdated($id: ID!) {
    abTestUpdated(id: $id) {
      id
      state
      result {
        eValue
        arms {
          served
          withFeedback
          errors
        }
        sampleRatio {
          epochs {
            challengerWeight
          }
        }
      }
    }
  }
`);

export const NEW_ENDPOINTS = graphql(`
  query NewTestEndpoints {
    endpoints(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

export const NEW_ENDPOINT = graphql(`
  query NewTestEndpoint($name: String!) {
    endpoint(name: $name) {
      id
      name
      kind
      classes
      unit
      target
      largestError
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

export const SIZES = graphql(`
  query TestSampleSizes(
    $accuracy: Float
    $effect: Float
    $agreement: Float
    $gain: Float
    $spread: Float
    $alpha: Float
    $challengerWeight: Float
    $endpoint: ID
  ) {
    abTestSampleSizes(
      accuracy: $accuracy
      effect: $effect
      agreement: $agreement
      gain: $gain
      spread: $spread
      alpha: $alpha
      challengerWeight: $challengerWeight
      endpoint: $endpoint
    ) {
      mode
      feedbackOn
      requests
      feedbacks
      until
    }
  }
`);

export const ACCURACY = graphql(`
  query NewTestAccuracy($where: RequestWhere!) {
    requests(where: $where) {
      aggregate {
        scored
        accuracy
      }
    }
  }
`);

export type Looked = NonNullable<LookAtTestQuery['abTest']>;
export type NewEndpoint = NonNullable<NewTestEndpointQuery['endpoint']>;
