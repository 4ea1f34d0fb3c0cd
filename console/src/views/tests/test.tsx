import './tests.css';

import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';

import { AsGraphQL } from '../../components/copy';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { durationText, numberText, percentText, Time } from '../../components/values';
import type { TestUpdatedSubscription } from '../../gql/graphql';
import { type Asked, useAsked } from '../../graph/asked';
import { type LiveState, useLive } from '../../graph/live';
import { Actions } from './actions';
import { Charts } from './charts';
import { Course } from './course';
import { Figures } from './figures';
import { Health } from './health';
import { LOOK, type Looked, SERIES, UPDATED } from './queries';
import { Slices } from './slices';
import { badgeOf, METRIC_WORDS, nameOf, sentence } from './words';

const route = getRouteApi('/tests/$id');
/** Figures change with every ground truth; they are fetched anew no more often than this, in milliseconds. */
const PAUSE = 2000;

/** One A/B test: whether it can be trusted, how it stands, how it came about, and what can be done. */
export function Test() {
  const { id } = route.useParams();
  const looked = useAsked(LOOK, { id });
  const series = useAsked(SERIES, { id });
  const test = looked.data?.abTest;
  const live = useFollowed(id, test, [looked.again, series.again]);
  return (
    <Page
      title={test?.title ?? 'Test'}
      actions={test ? <Badges test={test} live={live} /> : undefined}
      lead={
        test ? (
          <>
            {nameOf(test.challenger)} against {nameOf(test.champion)} on{' '}
            <Link to="/tests" search={{ endpoint: test.endpoint.name }}>
              {test.endpoint.name}
            </Link>
          </>
        ) : undefined
      }
    >
      <Loaded of={looked} what="the test">
        {(data) =>
          data.abTest ? (
            <Shown test={data.abTest} series={series} />
          ) : (
            <Empty title="There is no such test.">
              <p>
                <Link to="/tests">Show all tests</Link>
              </p>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Shown({ test, series }: { test: Looked; series: Asked<Parameters<typeof Charts>[0]['data']> }) {
  return (
    <>
      <Verdict test={test} />
      <Actions test={test} />
      <Health test={test} />
      <Figures test={test} />
      <Loaded of={series} what="how it came about">
        {(data) => <Charts test={test} data={data} />}
      </Loaded>
      <Slices test={test} />
      <Rules test={test} />
      <Course test={test} />
      <div className="buttons">
        <AsGraphQL document={LOOK} variables={{ id: test.id }} />
      </div>
    </>
  );
}

const LIVE_WORDS: Record<LiveState, string> = {
  connecting: 'connecting',
  live: 'live',
  waiting: 'waiting to connect again',
  hidden: 'paused',
  ended: 'as it ended',
  off: 'as it ended',
};

function Badges({ test, live }: { test: Looked; live: LiveState }) {
  const badge = badgeOf(test);
  return (
    <>
      <span className={`badge ${badge.tone}`}>{badge.text}</span>
      {test.state === 'RUNNING' ? (
        <span className={`badge ${live === 'live' ? 'good' : ''}`}>{LIVE_WORDS[live]}</span>
      ) : null}
    </>
  );
}

/** The answer to “how does it go?”, in a sentence or two. */
function Verdict({ test }: { test: Looked }) {
  const { state, verdict, reason, result } = test;
  const running = state === 'RUNNING';
  const tone = verdict === 'PROMOTED' || verdict === 'KEPT' ? 'tests-good' : running ? '' : 'tests-warn';
  return (
    <section className={`state tests-verdict ${tone}`} aria-label="How it stands">
      <p className="state-title">{headline(test)}</p>
      <p>{sentence(running ? result.reason : (reason ?? ''))}</p>
      {result.caveat === null || !verdict ? null : <p className="soft">{sentence(result.caveat)}</p>}
    </section>
  );
}

function headline({ state, verdict, champion, challenger, result }: Looked): string {
  if (state === 'CANCELLED') return 'It was cancelled. Both have the status that they had before.';
  if (state === 'ROLLED_BACK') return 'Its verdict was taken back.';
  if (verdict === 'PROMOTED') return `${nameOf(challenger)} is better, and went into production.`;
  if (verdict === 'KEPT') return `${nameOf(champion)} stays in production.`;
  if (verdict === 'INCONCLUSIVE') return 'It ended without a winner. Both have the status that they had before.';
  return result.withheld ? 'The evidence is clear, but something holds the verdict back.' : 'Not decided yet.';
}

function Rules({ test }: { test: Looked }) {
  const { plan, createdAt, endedAt } = test;
  const ends = [
    plan.maxFeedback ? `after ${numberText(plan.maxFeedback)} labels` : null,
    plan.maxDuration ? `on ${new Date(new Date(createdAt).getTime() + plan.maxDuration * 1000).toLocaleDateString()}` : null,
  ].filter((one) => one !== null);
  const facts: [string, React.ReactNode][] = [
    ['Metric', METRIC_WORDS[plan.metric]],
    ['Way', plan.mode === 'PAIRED' ? 'paired: both run on each prediction' : 'split: one runs on each prediction'],
    ['Answers', plan.serve === 'RANDOM' ? 'drawn by lot' : 'the champion’s only; the challenger runs in its shadow'],
    ['Takes', test.traffic === 'ALL' ? 'every prediction' : 'only those that ask for it'],
    ['Truth is seen', seenText(plan)],
    ['Wrong winner', `in at most ${percentText(plan.alpha)} of tests of equals`],
    ['Gives up', ends.length > 0 ? ends.join(', or ') : 'never'],
    ['No verdict before', waitText(plan)],
    ['Began', <Time key="began" at={createdAt} />],
    ['Ended', endedAt ? <Time key="ended" at={endedAt} /> : 'not yet'],
    ['By', test.createdBy],
  ];
  return (
    <details className="panel tests-folded">
      <summary>The rules of this test</summary>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="tests-fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function seenText(plan: Looked['plan']): string {
  if (plan.outcomeAffected) return 'and the answer changes what happens';
  if (plan.outcomeSeen === 'ALL') return 'whatever was answered';
  if (plan.outcomeSeen === 'UNKNOWN') return 'nobody has said after which answers';
  return plan.outcomeSeenFor ? `only after ${plan.outcomeSeenFor.join(', ')}` : 'only after some answers';
}

function waitText(plan: Looked['plan']): string {
  const labels = `${numberText(plan.minFeedback)} labels`;
  return plan.minDuration ? `${labels} and ${durationText(plan.minDuration)}` : labels;
}

/** Fetches the figures anew when the server says that they have changed. */
function useFollowed(id: string, test: Looked | null | undefined, again: readonly (() => void)[]): LiveState {
  const fetches = useRef(again);
  const timer = useRef<number | null>(null);
  const shown = useRef('');
  useEffect(() => {
    fetches.current = again;
    if (test) shown.current = figuresOf(test);
  });
  useEffect(
    () => () => {
      if (timer.current !== null) window.clearTimeout(timer.current);
    },
    [],
  );
  const onEvent = useCallback(({ abTestUpdated }: TestUpdatedSubscription) => {
    if (figuresOf(abTestUpdated) === shown.current || timer.current !== null) return;
    timer.current = window.setTimeout(
      () => {
        timer.current = null;
        for (const fetch of fetches.current) fetch();
      },
      abTestUpdated.state === 'RUNNING' ? PAUSE : 0,
    );
  }, []);
  const off = test === undefined || test === null || test.state !== 'RUNNING';
  return useLive({
    document: UPDATED,
    variables: { id },
    onEvent,
    idOf: (event) => figuresOf(event.abTestUpdated),
    isLast: (event) => event.abTestUpdated.state !== 'RUNNING',
    off,
  });
}

/** What tells one moment of a test from another. */
function figuresOf({ state, result }: TestUpdatedSubscription['abTestUpdated']): string {
  const counts = result.arms.map(({ served, withFeedback, errors }) => [served, withFeedback, errors]);
  const weights = result.sampleRatio?.epochs.map(({ challengerWeight }) => challengerWeight);
  return JSON.stringify([state, result.eValue, counts, weights]);
}
