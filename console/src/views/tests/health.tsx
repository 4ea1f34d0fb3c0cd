import { numberText, percentText } from '../../components/values';
import type { ABTestHold } from '../../gql/graphql';
import type { Looked } from './queries';
import { sentence } from './words';

interface Check {
  name: string;
  /** null is: it is not measured in this test. */
  passed: boolean | null;
  text: string;
}

export const HOLD_WORDS: Record<ABTestHold, string> = {
  UNKNOWN_OUTCOMES: 'Nobody has said after which answers the truth is seen.',
  SELECTIVE_FEEDBACK: 'The truths that came depend on the answers that were served.',
  LATE_TRUTHS: 'Truths of one class come later than those of another.',
  UNBOUNDED_ERRORS: 'One huge error could turn the verdict, since no largest error is declared.',
  OLDER_RULE: 'The test began under an older rule, which is wrong in a world like this one.',
};

/** Whether the figures can be trusted at all: before anybody looks at them. */
export function Health({ test }: { test: Looked }) {
  const checks = checksOf(test);
  const { holds, warnings } = test.result;
  const failed = checks.filter(({ passed }) => passed === false).length;
  return (
    <section aria-labelledby="health" className="panel tests-part">
      <h2 id="health">Can the figures be trusted?</h2>
      <p>{failed === 0 ? 'Nothing speaks against it.' : `${failed} of ${checks.length} checks ${failed === 1 ? 'speaks' : 'speak'} against it.`}</p>
      <ul className="tests-checks">
        {checks.map((check) => (
          <CheckLine key={check.name} check={check} />
        ))}
      </ul>
      {holds.length > 0 ? (
        <>
          <h3>It names no winner by itself</h3>
          <ul>
            {holds.map((hold) => (
              <li key={hold}>{HOLD_WORDS[hold]}</li>
            ))}
          </ul>
        </>
      ) : null}
      {warnings.length > 0 ? (
        <>
          <h3>Be careful</h3>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{sentence(warning)}</li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

function CheckLine({ check: { name, passed, text } }: { check: Check }) {
  const word = passed === null ? 'not measured' : passed ? 'passed' : 'alarm';
  return (
    <li data-passed={passed === null ? undefined : passed}>
      <span className={`badge ${passed === null ? '' : passed ? 'good' : 'bad'}`}>
        <span aria-hidden="true">{passed === null ? '–' : passed ? '✓' : '✗'}</span> {word}
      </span>
      <span>
        <strong>{name}</strong> <span className="soft">{text}</span>
      </span>
    </li>
  );
}

const GUARDS: Record<string, string> = { failures: 'Failures of the challenger', latency: 'Latency of the challenger' };

function checksOf({ result, plan }: Looked): Check[] {
  const { sampleRatio, selectiveFeedback, lateTruths, guardrails } = result;
  const split = plan.mode === 'SPLIT';
  return [
    {
      name: 'Sample ratio',
      passed: sampleRatio?.passed ?? null,
      text: sampleRatio
        ? sentence(`${sampleRatio.epochs.map(drawnText).join('; ')} (p ${numberText(sampleRatio.p, 3)})`)
        : 'Nothing is drawn.',
    },
    {
      name: 'Selective feedback',
      passed: selectiveFeedback?.passed ?? null,
      text: sentence(
        selectiveFeedback?.text ?? (split ? 'in a split test nobody can tell' : 'nothing is drawn, so that nobody can tell'),
      ),
    },
    { name: 'Late truths', passed: lateTruths?.passed ?? null, text: sentence(lateTruths?.text ?? 'for classifiers only') },
    ...guardrails.map(({ name, passed, text }) => ({ name: GUARDS[name] ?? `Guardrail: ${name}`, passed, text: sentence(text) })),
  ];
}

interface Epoch {
  challengerWeight: number;
  champion: number;
  challenger: number;
}

function drawnText({ challengerWeight, champion, challenger }: Epoch): string {
  const all = champion + challenger;
  const share = all === 0 ? 'none yet' : `${numberText(challenger)} of ${numberText(all)} went to the challenger`;
  return `${share}, ${percentText(challengerWeight)} planned`;
}
