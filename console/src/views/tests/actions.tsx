import type { CombinedError } from '@urql/core';
import { useId, useState } from 'react';
import { useMutation } from 'urql';

import { ConfirmButton } from '../../components/confirm';
import type { UserErrorLike } from '../../components/user-errors';
import { numberText, percentText } from '../../components/values';
import type { ABTestHold } from '../../gql/graphql';
import { useMay } from '../../shell/viewer';
import { HOLD_WORDS } from './health';
import { CANCEL, CONCLUDE, ROLL_BACK, WEIGHTS } from './mutations';
import type { Looked } from './queries';
import { takenBack } from './statuses';
import { evidenceText, nameOf, sentence } from './words';

/** What an admin can do with a test, each behind a question that names what will change. */
export function Actions({ test }: { test: Looked }) {
  const may = useMay('ADMIN');
  const running = test.state === 'RUNNING';
  const promoted = test.state === 'DECIDED' && test.verdict === 'PROMOTED';
  if (!may || !(running || promoted)) return null;
  return (
    <section className="buttons tests-actions" aria-label="What can be done">
      {running ? (
        <>
          <Conclude test={test} />
          {test.plan.serve === 'CHAMPION_ONLY' ? null : <ChangeWeights test={test} />}
          <Cancel test={test} />
        </>
      ) : (
        <RollBack test={test} />
      )}
    </section>
  );
}

interface Done<Payload> {
  data?: Payload | undefined;
  error?: CombinedError | undefined;
}

/** What a mutation asks to be mended; what went wrong otherwise is thrown, and the question shows it. */
function errorsOf<Payload>({ data, error }: Done<Payload>, of: (data: Payload) => readonly UserErrorLike[]) {
  if (error) throw new Error(error.graphQLErrors[0]?.message ?? 'The server does not answer.');
  return data ? of(data) : [];
}

function Conclude({ test }: { test: Looked }) {
  const [, send] = useMutation(CONCLUDE);
  const [accepted, setAccepted] = useState<readonly ABTestHold[]>([]);
  const { holds } = test.result;
  const accept = holds.filter((hold) => accepted.includes(hold));
  return (
    <ConfirmButton
      question={`Conclude “${test.title}” now?`}
      changes={['The test ends, and takes no more predictions.', ...concluded(test, accept.length === holds.length)]}
      fields={
        holds.length === 0 ? undefined : (
          <fieldset className="tests-holds">
            <legend>Something holds a winner back. Which of it do you accept? The history says that you did.</legend>
            {holds.map((hold) => (
              <label key={hold} className="tests-box">
                <input
                  type="checkbox"
                  checked={accepted.includes(hold)}
                  onChange={(event) =>
                    setAccepted(event.target.checked ? [...accepted, hold] : accepted.filter((one) => one !== hold))
                  }
                />
                {HOLD_WORDS[hold]}
              </label>
            ))}
          </fieldset>
        )
      }
      act={async () => errorsOf(await send({ input: { id: test.id, accept } }), (data) => data.concludeABTest.userErrors)}
    >
      Conclude
    </ConfirmButton>
  );
}

/** What a conclusion now would do to statuses. */
function concluded(test: Looked, accepted: boolean): string[] {
  const { result, champion, challenger, plan } = test;
  const held = result.holds.length > 0;
  const verdict = held && accepted ? (result.withheld ?? result.verdict) : held ? null : result.verdict;
  if (verdict === 'PROMOTED') {
    const third = plan.thirdAlgorithm === 'TO_TESTING' ? ['Any other algorithm in PRODUCTION goes to TESTING'] : [];
    return [`${nameOf(challenger)} goes to PRODUCTION`, `${nameOf(champion)} goes to TESTING`, ...third];
  }
  if (verdict === 'KEPT') return [`${nameOf(champion)} stays in PRODUCTION`, `${nameOf(challenger)} goes to TESTING`];
  const why = held
    ? 'It ends as inconclusive, since a winner is held back.'
    : `It ends as inconclusive: the evidence is ${evidenceText(result.eValue)}, and a verdict needs ${numberText(1 / plan.alpha)}.`;
  return [why, ...takenBack(test, 'created')];
}

function Cancel({ test }: { test: Looked }) {
  const id = useId();
  const [, send] = useMutation(CANCEL);
  const [reason, setReason] = useState('');
  return (
    <ConfirmButton
      danger
      question={`Cancel “${test.title}”?`}
      changes={['The test ends without a verdict, and takes no more predictions.', ...takenBack(test, 'created')]}
      fields={
        <p className="tests-field">
          <label htmlFor={id}>Why, for the history</label>
          <input id={id} value={reason} maxLength={10_000} onChange={(event) => setReason(event.target.value)} />
        </p>
      }
      act={async () => errorsOf(await send({ input: { id: test.id, reason } }), (data) => data.cancelABTest.userErrors)}
    >
      Cancel the test
    </ConfirmButton>
  );
}

function ChangeWeights({ test }: { test: Looked }) {
  const id = useId();
  const [, send] = useMutation(WEIGHTS);
  const now = test.result.sampleRatio?.epochs.at(-1)?.challengerWeight ?? test.plan.challengerWeight;
  const [text, setText] = useState(String(now * 100));
  const share = Number(text) / 100;
  const changes = [
    `The challenger, ${nameOf(test.challenger)}, is drawn for ${percentText(share)} of the predictions from now on; so far for ${percentText(now)}`,
    `The champion, ${nameOf(test.champion)}, for ${percentText(1 - share)}`,
    test.plan.mode === 'SPLIT'
      ? 'Subjects between the old share and the new one go over to the other algorithm'
      : 'Both still run on each prediction; an uneven lot needs more labels',
  ];
  return (
    <ConfirmButton
      question={`Change the shares of “${test.title}”?`}
      changes={changes.map(sentence)}
      fields={
        <p className="tests-field">
          <label htmlFor={id}>The challenger’s share in %</label>
          <input
            id={id}
            type="number"
            min={0.1}
            max={99.9}
            step="any"
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </p>
      }
      act={async () =>
        errorsOf(await send({ input: { id: test.id, challengerWeight: share } }), (data) => data.changeABTestWeights.userErrors)
      }
    >
      Change shares
    </ConfirmButton>
  );
}

function RollBack({ test }: { test: Looked }) {
  const [, send] = useMutation(ROLL_BACK);
  return (
    <ConfirmButton
      danger
      question={`Roll back the promotion of ${nameOf(test.challenger)}?`}
      changes={['Each algorithm gets the status that it had before the test:', ...takenBack(test, 'decided')]}
      act={async () => errorsOf(await send({ input: { id: test.id } }), (data) => data.rollbackABTest.userErrors)}
    >
      Roll back
    </ConfirmButton>
  );
}
