import { percentText, Time } from '../../components/values';
import type { Looked } from './queries';
import { changesOf, fieldOf } from './statuses';
import { sentence } from './words';

const KINDS: Record<string, string> = {
  created: 'Begun',
  decided: 'Decided',
  cancelled: 'Cancelled',
  rolled_back: 'Rolled back',
  weights_changed: 'Shares changed',
};

/** Everything that was done to the test: who was promoted, when, by whom and why. */
export function Course({ test }: { test: Looked }) {
  return (
    <section aria-labelledby="course" className="panel tests-part">
      <h2 id="course">What was done, and why</h2>
      <ol className="tests-course">
        {test.events.map((event) => {
          const { kind, createdAt, createdBy, details } = event;
          const reason = fieldOf(details, 'reason');
          const changes = changesOf(test, event);
          return (
            <li key={`${createdAt} ${kind}`}>
              <p>
                <strong>{KINDS[kind] ?? kind}</strong> <span className="soft">by {createdBy === 'arbiter' ? 'the rule of the test' : createdBy}</span>{' '}
                <span className="soft">
                  <Time at={createdAt} />
                </span>
              </p>
              {typeof reason === 'string' && reason !== '' ? <p>{sentence(reason)}</p> : null}
              {kind === 'weights_changed' ? (
                <p>
                  The challenger’s share: {shareText(fieldOf(details, 'before'))} → {shareText(fieldOf(details, 'after'))}
                </p>
              ) : null}
              {changes.length > 0 ? (
                <ul className="tests-statuses">
                  {changes.map(({ algorithm, before, after }) => (
                    <li key={algorithm}>
                      {algorithm}: <span className="soft">{before}</span> → {after}
                    </li>
                  ))}
                </ul>
              ) : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function shareText(share: unknown): string {
  return typeof share === 'number' ? percentText(share) : '–';
}
