// Shows that a prediction whose commit is unknown is asked for again with the same key, and logged once.
import { randomUUID } from 'node:crypto';

import { Arbiter } from './arbiter.js';
import { pagesOf } from './history.js';
import { predictIncome } from './income.js';
import { person } from './person.js';

const UNKNOWN = { errors: [{ message: 'the line broke', extensions: { code: 'COMMIT_UNKNOWN' } }] };
const keys = new Set<string>();
let calls = 0;

/** A server whose database carries out the first call, and breaks the line before it says so. */
const breaksOnce: typeof fetch = async (url, init) => {
  const response = await fetch(url, init);
  const { variables } = JSON.parse(String(init?.body)) as { variables: { input?: { idempotencyKey?: string } } };
  if (variables.input?.idempotencyKey === undefined) {
    return response;
  }
  keys.add(variables.input.idempotencyKey);
  calls += 1;
  return calls === 1 ? Response.json(UNKNOWN) : response;
};

const arbiter = new Arbiter(process.env['ARBITER'] ?? 'http://127.0.0.1:8000/graphql', {
  key: process.env['ARBITER_KEY'],
  trustedDocuments: process.env['TRUSTED_DOCUMENTS'] === 'yes',
  fetch: breaksOnce,
});

const subject = randomUUID();
const { request } = await predictIncome(arbiter, person, { subject });
console.log(`sent ${calls} times with ${keys.size} key, answered ${request?.label}`);
for await (const page of pagesOf(arbiter, { subject: [subject] }, 10)) {
  const same = page[0]?.id === request?.id;
  console.log(`logged ${page.length} time: ${same ? 'the one answered' : 'another one'}`);
}
