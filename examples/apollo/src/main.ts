import { randomUUID } from 'node:crypto';

import type { InMemoryCache } from '@apollo/client';

import { client } from './client.js';
import type { IncomeClassifierFeatures } from './gql/graphql.js';
import { GiveFeedback, History, PredictIncome } from './operations.js';

const apollo = client(process.env['ARBITER'] ?? 'http://127.0.0.1:8000/graphql', {
  key: process.env['ARBITER_KEY'],
  trustedDocuments: process.env['TRUSTED_DOCUMENTS'] === 'yes',
});

// GraphQL lets what may be null be left out, too; the server wants every feature written, and so does Required.
const person: Required<IncomeClassifierFeatures> = {
  age: 25,
  workclass: 'PRIVATE',
  fnlwgt: 34146,
  education: 'MASTERS',
  educationNum: 14,
  maritalStatus: 'MARRIED_CIV_SPOUSE',
  occupation: 'EXEC_MANAGERIAL',
  relationship: 'HUSBAND',
  race: 'WHITE',
  sex: 'MALE',
  capitalGain: 0,
  capitalLoss: 0,
  hoursPerWeek: 50,
  nativeCountry: 'UNITED_STATES',
};

const subject = randomUUID();
for (const age of [25, 26, 27, 28, 29]) {
  const features = { ...person, age };
  const { data } = await apollo.mutate({ mutation: PredictIncome, variables: { subject, features } });
  console.log(`predicted ${data?.predictIncomeClassifier.request?.label} at ${age}`);
}

// The first page, and then more of the same list, as a component does it with useQuery and its fetchMore.
const variables = { where: { subject: [subject] }, first: 2 };
const history = apollo.watchQuery({ query: History, variables });
await history.refetch();
console.log(`first page: ${listed().edges.length} requests`);

while (listed().pageInfo.hasNextPage) {
  await history.fetchMore({ variables: { after: listed().pageInfo.endCursor } });
  const ids = listed().edges.map((edge) => edge.node.id);
  console.log(`fetched more: ${ids.length} requests, ${new Set(ids).size} different ones`);
}

// The list is not fetched again: the request that the mutation answers is the one in the list, by its id.
const oldest = listed().edges.at(-1)!.node;
console.log(`before the truth: ${oldest.label}, correct is ${oldest.correct}`);
await apollo.mutate({ mutation: GiveFeedback, variables: { requestId: oldest.id, feedback: '>50K' } });
console.log(`after the truth: correct is ${listed().edges.at(-1)!.node.correct}`);

const objects = Object.keys((apollo.cache as InMemoryCache).extract());
console.log(`the cache holds ${objects.filter((key) => key.startsWith('Request:')).length} requests`);
apollo.stop();

/** The list as the cache has it now: what a component shows. */
function listed() {
  const data = apollo.readQuery({ query: History, variables });
  if (data === null) {
    throw new Error('the first page is not there yet');
  }
  return data.requests;
}
