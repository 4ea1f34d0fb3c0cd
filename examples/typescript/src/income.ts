import { randomUUID } from 'node:crypto';

import type { Arbiter } from './arbiter.js';
import type { IncomeClassifierFeatures } from './gql/graphql.js';
import { graphql } from './gql/index.js';

const PredictIncome = graphql(`
  mutation PredictIncome($input: PredictIncomeClassifierInput!) {
    predictIncomeClassifier(input: $input) {
      request {
        id
        label
        probability
        algorithm {
          name
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

/** Every feature, be it as null: in GraphQL what may be null may also be left out, but the server asks for it. */
export type Person = { [Name in keyof IncomeClassifierFeatures]-?: Exclude<IncomeClassifierFeatures[Name], undefined> };

export interface Options {
  /** Whom it is about: asked for again by `requests(where: {subject: …})`. */
  subject?: string;
  /** A call with the same key gets the first answer again. A call without a key gets one, so that it can be repeated. */
  idempotencyKey?: string;
}

/** Does this person earn more than 50,000 dollars a year? */
export async function predictIncome(arbiter: Arbiter, features: Person, options: Options = {}) {
  const data = await arbiter.run(PredictIncome, { input: { features, idempotencyKey: randomUUID(), ...options } });
  return data.predictIncomeClassifier;
}
