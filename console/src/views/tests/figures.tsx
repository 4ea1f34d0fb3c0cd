import { useRouter } from '@tanstack/react-router';

import { type Column, DataTable } from '../../components/data-table';
import { numberText, percentText } from '../../components/values';
import { CONSOLE } from '../../place';
import { stringifySearch } from '../../search';
import type { Looked } from './queries';
import { differenceText, evidenceText, HISTORY, METRIC_WORDS, nameOf, sentence, valueText } from './words';

type ArmFigures = Looked['result']['arms'][number];

/** The scorecard: the difference, the evidence, what each side did, and who was right where the other was wrong. */
export function Figures({ test }: { test: Looked }) {
  return (
    <section aria-labelledby="figures" className="panel tests-part">
      <h2 id="figures">How they compare</h2>
      <Headlines test={test} />
      <DataTable name="Both algorithms" columns={columnsOf(test)} rows={test.result.arms} keyOf={({ arm }) => arm} />
      <Disagreements test={test} />
    </section>
  );
}

function columnsOf({ plan: { metric }, champion, challenger }: Looked): Column<ArmFigures>[] {
  return [
    {
      key: 'arm',
      head: 'Side',
      cell: ({ arm }) => <Side arm={arm} name={nameOf(arm === 'CHAMPION' ? champion : challenger)} />,
    },
    {
      key: 'value',
      head: METRIC_WORDS[metric],
      numeric: true,
      cell: ({ value, valueReason }) => (value === null ? (valueReason ?? '–') : valueText(metric, value)),
    },
    {
      key: 'interval',
      head: 'between',
      numeric: true,
      cell: ({ interval }) => (interval ? `${valueText(metric, interval.low)} – ${valueText(metric, interval.high)}` : '–'),
    },
    { key: 'served', head: 'served', numeric: true, cell: ({ served }) => numberText(served) },
    { key: 'truths', head: 'with a truth', numeric: true, cell: ({ withFeedback }) => numberText(withFeedback) },
    { key: 'errors', head: 'failed', numeric: true, cell: ({ errors }) => numberText(errors) },
  ];
}

function Side({ arm, name }: { arm: ArmFigures['arm']; name: string }) {
  const champion = arm === 'CHAMPION';
  return (
    <>
      <span className={`tests-arm ${champion ? 'is-champion' : 'is-challenger'}`} aria-hidden="true" /> {name}{' '}
      <span className="soft">{champion ? 'champion' : 'challenger'}</span>
    </>
  );
}

function Headlines({ test: { plan, result, state } }: { test: Looked }) {
  const { difference, eValue, power, feedbackShare } = result;
  const needed = 1 / plan.alpha;
  return (
    <dl className="tests-headlines">
      <div>
        <dt>Challenger’s lead</dt>
        <dd>{differenceText(plan.metric, difference?.estimate)}</dd>
        <dd className="hint">
          {difference?.interval
            ? `between ${differenceText(plan.metric, difference.interval.low)} and ${differenceText(plan.metric, difference.interval.high)}`
            : 'nothing can be said yet'}
        </dd>
      </div>
      <div>
        <dt>Evidence</dt>
        <dd>{evidenceText(eValue)}</dd>
        <dd className="hint">a verdict falls at {numberText(needed)}</dd>
      </div>
      <div>
        <dt>Predictions with a truth</dt>
        <dd>{percentText(feedbackShare)}</dd>
        <dd className="hint">of those of the test</dd>
      </div>
      {state === 'RUNNING' ? (
        <div>
          <dt>Progress</dt>
          <dd>{percentText(power.progress, 0)}</dd>
          <dd className="hint">
            {power.needed === null
              ? sentence(power.reason ?? '')
              : `of ${numberText(power.needed)} labels that find ${effectText(plan)}; often it ends much earlier`}
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

/** The difference that is looked for: without one of its own, a test tells what 0.01 takes. */
function effectText({ metric, minimumEffect }: Looked['plan']): string {
  const effect = minimumEffect ?? 0.01;
  if (metric === 'ACCURACY') return `${numberText(effect * 100, 4)} ${effect === 0.01 ? 'point' : 'points'}`;
  return metric === 'RMSE' || metric === 'MAE' ? percentText(effect, 2) : numberText(effect, 6);
}

interface Cell {
  champion: boolean;
  challenger: boolean;
  count: number;
}

/** The 2 × 2 of a paired test by accuracy; each cell leads to its predictions. */
function Disagreements({ test }: { test: Looked }) {
  const { discordance } = test.result;
  if (!discordance) return null;
  const { bothRight, bothWrong, championOnly, challengerOnly } = discordance;
  const rows = [
    [
      { champion: true, challenger: true, count: bothRight },
      { champion: false, challenger: true, count: challengerOnly },
    ],
    [
      { champion: true, challenger: false, count: championOnly },
      { champion: false, challenger: false, count: bothWrong },
    ],
  ];
  return (
    <>
      <h3 id="disagreements">Where they disagree</h3>
      <p className="soft">Only the predictions on which exactly one is right tell them apart.</p>
      <section className="scroll tests-square" aria-labelledby="disagreements" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden-text">Challenger</span>
              </th>
              <th scope="col" className="numeric">
                Champion right
              </th>
              <th scope="col" className="numeric">
                Champion wrong
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={String(row[0]?.challenger)}>
                <th scope="row">Challenger {row[0]?.challenger ? 'right' : 'wrong'}</th>
                {row.map((cell) => (
                  <td
                    key={String(cell.champion)}
                    className="numeric"
                    data-telling={cell.champion !== cell.challenger || undefined}
                  >
                    <ToHistory test={test} cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function ToHistory({ test, cell: { champion, challenger, count } }: { test: Looked; cell: Cell }) {
  const { routesByPath } = useRouter();
  const known = HISTORY in routesByPath || `${HISTORY}/` in routesByPath;
  if (!known) return numberText(count);
  const arms = [champion ? 'championRight' : 'championWrong', challenger ? 'challengerRight' : 'challengerWrong'];
  const search = { endpoint: test.endpoint.name, test: test.id, arms };
  return (
    <a
      href={`${CONSOLE}${HISTORY.slice(1)}${stringifySearch(search)}`}
      aria-label={`${numberText(count)} predictions: challenger ${said(challenger)}, champion ${said(champion)}`}
    >
      {numberText(count)}
    </a>
  );
}

function said(right: boolean): string {
  return right ? 'right' : 'wrong';
}
