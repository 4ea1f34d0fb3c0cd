import { randomUUID } from 'node:crypto';

import { Arbiter } from './arbiter.js';
import { giveFeedback, pagesOf } from './history.js';
import { predictIncome } from './income.js';
import { person } from './person.js';

const arbiter = new Arbiter(process.env['ARBITER'] ?? 'http://127.0.0.1:8000/graphql', {
  key: process.env['ARBITER_KEY'],
  trustedDocuments: process.env['TRUSTED_DOCUMENTS'] === 'yes',
});

// With a key of its own a call may be sent again: the second answer is the first one, not a second request.
const subject = randomUUID();
const options = { subject, idempotencyKey: randomUUID() };
const { request, userErrors } = await predictIncome(arbiter, person, options);
if (request === null || userErrors.length > 0) {
  throw new Error(userErrors.map((error) => error.message).join('; '));
}
const { id, label, probability, algorithm } = request;
console.log(`predicted ${label} with probability ${probability?.toFixed(4)} by ${algorithm?.name}`);

const again = await predictIncome(arbiter, person, options);
console.log(`sent again: ${again.request?.id === id ? 'the same request' : 'another request'}`);

const told = await giveFeedback(arbiter, id, '>50K');
console.log(`the truth is ${told.request?.feedback}: correct is ${told.request?.correct}`);

// What a type cannot say, such as a range, the server says with a code and the path to the cause.
const tooMuch = await predictIncome(arbiter, { ...person, hoursPerWeek: 999 }, { subject });
for (const error of tooMuch.userErrors) {
  console.log(`refused: ${error.code} at ${error.path.join('.')}`);
}

await predictIncome(arbiter, { ...person, age: null }, { subject });
for await (const page of pagesOf(arbiter, { subject: [subject] }, 2)) {
  console.log(`a page of the history: ${page.map((each) => each.label ?? 'no answer').join(', ')}`);
}
