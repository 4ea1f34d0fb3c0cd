import './dom';

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, before, mock, test } from 'node:test';

import { cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { Suspense } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';

import { cursorOf } from './cursor';
import { environment } from './environment';
import { giveFeedback } from './giveFeedback';
import { History } from './History';
import { predict } from './predict';

// A slow machine is no failure.
configure({ asyncUtilTimeout: 20_000 });

const relay = () => environment(process.env.ARBITER ?? 'http://127.0.0.1:8000/graphql', process.env.ARBITER_KEY);

/** Whom the new predictions are about: what else the server has logged does not matter. */
const subject = randomUUID();

/** The numbers of five new predictions, newest first. */
const ids: string[] = [];

before(async () => {
  const features = {
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
  } as const;
  for (const age of [25, 26, 27, 28, 29]) {
    ids.unshift(await predict(relay(), subject, { ...features, age }));
  }
});

afterEach(cleanup);

function show(after?: string) {
  render(
    <RelayEnvironmentProvider environment={relay()}>
      <Suspense fallback="loading">
        <History where={{ subject: [subject] }} after={after} />
      </Suspense>
    </RelayEnvironmentProvider>,
  );
}

/** The numbers of the requests on the screen, once there are `count` of them. */
async function shown(count: number) {
  const rows = await waitFor(() => {
    const found = screen.queryAllByRole('listitem');
    assert.equal(found.length, count);
    return found;
  });
  return rows.map((row) => row.dataset.id);
}

async function press(name: string) {
  fireEvent.click(await screen.findByRole('button', { name }));
}

test('older requests are added below, page by page, each once', async () => {
  show();
  assert.deepEqual(await shown(2), ids.slice(0, 2));
  await press('older');
  assert.deepEqual(await shown(4), ids.slice(0, 4));
  await press('older');
  assert.deepEqual(await shown(5), ids);
  assert.equal(screen.queryByRole('button', { name: 'older' }), null);
  assert.equal(screen.queryByRole('button', { name: 'newer' }), null);
});

test('a list that begins in the middle grows upwards, too', async () => {
  const middle = await cursorOf(relay(), ids[2]!);
  show(middle);
  assert.deepEqual(await shown(2), ids.slice(3));
  await press('newer');
  assert.deepEqual(await shown(4), ids.slice(1));
  await press('newer');
  assert.deepEqual(await shown(5), ids);
  assert.equal(screen.queryByRole('button', { name: 'newer' }), null);
});

test('the ground truth of one request changes its row, and nothing is fetched again', async () => {
  show();
  await shown(2);
  const calls = mock.method(globalThis, 'fetch');
  const [newest, next] = screen.getAllByRole('listitem');
  assert.match(newest!.textContent, /^random forest: >50K, open/);
  fireEvent.click(within(newest!).getByRole('button', { name: 'it was so' }));
  await waitFor(() => assert.match(newest!.textContent, /^random forest: >50K, right/));
  assert.match(next!.textContent, /^random forest: >50K, open/);
  assert.equal(calls.mock.callCount(), 1);
});

test('one request is asked for again by its id', async () => {
  show();
  await shown(2);
  const next = screen.getAllByRole('listitem')[1]!;
  assert.match(next.textContent, /^random forest: >50K, open/);
  await giveFeedback(relay(), ids[1]!, '<=50K');
  fireEvent.click(within(next).getByRole('button', { name: 'look again' }));
  await waitFor(() => assert.match(next.textContent, /^random forest: >50K, wrong/));
});
