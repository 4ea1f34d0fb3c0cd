import { useId } from 'react';

import { FieldError, messagesAt } from '../../components/user-errors';
import { type Part, PlanField } from './form-field';
import { costName } from './plan-fields';
import type { NewEndpoint } from './queries';

interface TruthProps extends Part {
  endpoint: NewEndpoint;
  only: readonly string[];
  onOnly: (labels: readonly string[]) => void;
}

const SEEN = [
  ['ALL', 'Yes, whatever was answered', 'A forecast of the weather; an income that a tax office tells.'],
  ['ONLY_FOR', 'No, only after some answers', 'Who is refused a loan never shows whether it would have been paid back.'],
  ['UNKNOWN', 'I do not know', 'Then only an even, paired test by accuracy or cost names a winner by itself.'],
] as const;

/** The question that decides whether a verdict can be right at all. */
export function Truth({ endpoint, texts, errors, set, only, onOnly }: TruthProps) {
  const id = useId();
  const chosen = texts['outcomeSeen'];
  return (
    <fieldset className="panel tests-part" aria-describedby={`${id}-error`}>
      <legend>Does the truth become known whatever was answered?</legend>
      <div className="tests-choices">
        {SEEN.map(([value, label, example]) => (
          <div key={value} className="tests-choice">
            <input
              id={`${id}-${value}`}
              type="radio"
              name="outcomeSeen"
              checked={chosen === value}
              aria-describedby={`${id}-${value}-hint`}
              onChange={() => set('outcomeSeen')(value)}
            />
            <div>
              <label htmlFor={`${id}-${value}`}>{label}</label>
              <p id={`${id}-${value}-hint`} className="hint">
                {example}
              </p>
            </div>
          </div>
        ))}
      </div>
      {chosen === 'ONLY_FOR' && endpoint.classes ? (
        <fieldset className="tests-holds">
          <legend>After which answers is the truth seen?</legend>
          {endpoint.classes.map((label) => (
            <label key={label} className="tests-box">
              <input
                type="checkbox"
                checked={only.includes(label)}
                onChange={(event) => onOnly(event.target.checked ? [...only, label] : only.filter((one) => one !== label))}
              />
              {label}
            </label>
          ))}
        </fieldset>
      ) : null}
      {chosen === 'ONLY_FOR' && !endpoint.classes ? (
        <div className="tests-fields">
          <PlanField
            field={{ name: 'outcomeSeenFrom', label: 'Seen after answers from', kind: 'number' }}
            text={texts['outcomeSeenFrom'] ?? ''}
            errors={errors}
            onText={set('outcomeSeenFrom')}
          />
          <PlanField
            field={{ name: 'outcomeSeenUpTo', label: '… up to', kind: 'number' }}
            text={texts['outcomeSeenUpTo'] ?? ''}
            errors={errors}
            onText={set('outcomeSeenUpTo')}
          />
        </div>
      ) : null}
      <FieldError
        id={`${id}-error`}
        messages={[
          ...messagesAt(errors, ['input', 'outcomeSeen']),
          ...messagesAt(errors, ['input', 'outcomeSeenFor']).map((message) =>
            only.length === 0 ? 'Choose the answers after which it is seen.' : message,
          ),
        ]}
      />
    </fieldset>
  );
}

/** What each mistake costs, as a table of truths and answers. */
export function Costs({ classes, texts, errors, set }: Part & { classes: readonly string[] }) {
  const id = useId();
  return (
    <fieldset className="panel tests-part" aria-describedby={`${id}-hint ${id}-error`}>
      <legend>What does each mistake cost?</legend>
      <p id={`${id}-hint`} className="hint">
        In any unit. A mistake that is left empty costs 1, a right answer 0.
      </p>
      <section className="scroll" aria-label="Costs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Truth</th>
              {classes.map((answer) => (
                <th key={answer} scope="col">
                  answered {answer}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((truth) => (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {classes.map((answer) => (
                  <td key={answer}>
                    <input
                      type="number"
                      step="any"
                      className="tests-cost"
                      aria-label={`Cost of ${answer} where ${truth} is true`}
                      placeholder={truth === answer ? '0' : '1'}
                      value={texts[costName(truth, answer)] ?? ''}
                      onChange={(event) => set(costName(truth, answer))(event.target.value)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <FieldError id={`${id}-error`} messages={messagesAt(errors, ['input', 'costs'])} />
    </fieldset>
  );
}
