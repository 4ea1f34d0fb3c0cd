// Nothing here runs. `npm run check` proves that none of these calls compiles: were one of them right, tsc would
// report its @ts-expect-error as unused.
import type { Arbiter } from './arbiter.js';
import { graphql } from './gql/index.js';
import { predictIncome, type Person } from './income.js';

export async function mistakes(arbiter: Arbiter, person: Person) {
  // A feature of the right name and kind compiles.
  await predictIncome(arbiter, { ...person, hoursPerWeek: 40, workclass: 'STATE_GOV', age: null });

  // @ts-expect-error A misspelt feature: did you mean `hoursPerWeek`?
  await predictIncome(arbiter, { ...person, hoursPerWeak: 40 });

  // @ts-expect-error A category that the endpoint does not know.
  await predictIncome(arbiter, { ...person, workclass: 'FREELANCE' });

  // @ts-expect-error A text where a number belongs.
  await predictIncome(arbiter, { ...person, hoursPerWeek: '40' });

  const { sex, ...incomplete } = person;
  // @ts-expect-error A missing feature.
  await predictIncome(arbiter, incomplete);

  const { request } = await predictIncome(arbiter, person);
  // @ts-expect-error There is no request when a prediction was refused before it was logged.
  console.log(request.label);
  // @ts-expect-error A field that the operation did not select.
  console.log(request?.latency);
  // @ts-expect-error An operation that codegen has not seen.
  console.log(graphql('query Other { viewer { name } }').toString());
  return sex;
}
