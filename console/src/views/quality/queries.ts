import { graphql } from '../../gql';
import type { QualityDriftQuery, QualityFiguresQuery, QualityOverTimeQuery } from '../../gql/graphql';

export const ENDPOINTS = graphql(`
  query QualityEndpoints {
    endpoints(first: 100) {
      nodes {
        id
        name
        kind
        unit
        positiveClass
        classes
      }
    }
  }
`);

export const OVER_TIME_QUERY = graphql(`
  query QualityOverTime($name: String!, $from: DateTime!, $before: DateTime!, $bucket: TimeBucket!) {
    endpoint(name: $name) {
      id
      quality(createdFrom: $from, createdBefore: $before, bucket: $bucket, byAlgorithm: true, first: 1000) {
        periodsAreCapped
        periods {
          bucketStart
          algorithm {
            id
            name
            version
          }
          feedbackRate
          aggregate {
            count
            errors
            scored
            accuracy
            rmse
            mae
            bias
            latency {
              p95
            }
          }
        }
      }
    }
  }
`);

export const FIGURES_QUERY = graphql(`
  query QualityFigures($name: String!, $from: DateTime!, $before: DateTime!) {
    endpoint(name: $name) {
      id
      all: quality(createdFrom: $from, createdBefore: $before) {
        periods {
          algorithm {
            id
            name
            version
          }
          feedbackRate
          aggregate {
            count
            scored
            accuracy
            rmse
            mae
            bias
          }
          labels {
            confusion {
              label
              truth
              count
            }
            classes {
              label
              answered
              actual
              hits
              precision
              recall
              f1
            }
            positiveClass {
              precision
              recall
              f1
            }
            macroPrecision
            macroRecall
            macroF1
          }
          probabilities {
            count
            shareTrue
            brier
            auc
            aucError
            calibrationError
            calibration {
              low
              high
              count
              meanProbability
              shareTrue
            }
          }
        }
      }
      each: quality(createdFrom: $from, createdBefore: $before, byAlgorithm: true) {
        periods {
          algorithm {
            id
            name
            version
          }
          feedbackRate
          aggregate {
            count
            scored
            accuracy
            rmse
            mae
            bias
          }
          labels {
            confusion {
              label
              truth
              count
            }
            classes {
              label
              answered
              actual
              hits
              precision
              recall
              f1
            }
            positiveClass {
              precision
              recall
              f1
            }
            macroPrecision
            macroRecall
            macroF1
          }
          probabilities {
            count
            shareTrue
            brier
            auc
            aucError
            calibrationError
            calibration {
              low
              high
              count
              meanProbability
              shareTrue
            }
          }
        }
      }
    }
  }
`);

export const DRIFT_QUERY = graphql(`
  query QualityDrift(
    $name: String!
    $from: DateTime!
    $before: DateTime!
    $referenceFrom: DateTime!
    $referenceBefore: DateTime!
  ) {
    endpoint(name: $name) {
      id
      drift(
        createdFrom: $from
        createdBefore: $before
        referenceFrom: $referenceFrom
        referenceBefore: $referenceBefore
      ) {
        requests
        referenceRequests
        uncounted
        referenceUncounted
        unwatched
        answers {
          index
          byChance
          shift
          pValue
          count
          referenceCount
          bins {
            text
            low
            high
            missing
            count
            referenceCount
            share
            referenceShare
          }
        }
        probabilities {
          index
          byChance
          shift
          pValue
          count
          referenceCount
          bins {
            text
            low
            high
            missing
            count
            referenceCount
            share
            referenceShare
          }
        }
        features {
          feature
          index
          byChance
          shift
          pValue
          count
          referenceCount
          bins {
            text
            low
            high
            missing
            count
            referenceCount
            share
            referenceShare
          }
        }
      }
    }
  }
`);

export type OverTimePeriod = NonNullable<QualityOverTimeQuery['endpoint']>['quality']['periods'][number];
export type Period = NonNullable<QualityFiguresQuery['endpoint']>['each']['periods'][number];
export type Drift = NonNullable<NonNullable<QualityDriftQuery['endpoint']>['drift']>;
export type ValueDrift = Drift['features'][number] | Drift['answers'];
export type DriftBin = ValueDrift['bins'][number];

/** What an algorithm is called; requests that none was chosen for have none. */
export function nameOf(algorithm: { name: string; version: string } | null | undefined): string {
  return algorithm ? `${algorithm.name} ${algorithm.version}` : 'no algorithm';
}
