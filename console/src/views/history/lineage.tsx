import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { AsGraphQL } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { durationText, numberText, percentText, Time } from '../../components/values';
import type { StatusName } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { useMayOf } from '../../shell/viewer';
import { BothArms } from './both-arms';
import { valueText } from './columns';
import { REQUEST, type Whole } from './queries';
import { Truth } from './truth';
import './history.css';

const STATUS_WORDS: Record<StatusName, string> = { PRODUCTION: 'in production', TESTING: 'in testing', AB_TESTING: 'in a test' };
const ROUTE = getRouteApi('/history/$id');

/** Everything that is known of one request: what was asked, who answered what, and what turned out to be true. */
export function Lineage() {
  const { id } = ROUTE.useParams();
  const asked = useAsked(REQUEST, { id });
  return (
    <Page title={`Request ${id}`} actions={<Link to="/history">All requests</Link>}>
      <Loaded of={asked} what="the request">
        {({ request }) =>
          request ? (
            <>
              <Parts key={request.id} request={request} />
              <AsGraphQL document={REQUEST} variables={{ id }} />
            </>
          ) : (
            <Empty title={`There is no request ${id}, or no longer.`}>
              <Link to="/history">Look for it in the history.</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Parts({ request }: { request: Whole }) {
  const mayTell = useMayOf('FEEDBACK', request.endpoint.name);
  return (
    <>
      <div className="columns history-parts">
        <Part title="Answer">
          <Answer request={request} />
        </Part>
        <Part title="Truth">
          <Known request={request} />
          {mayTell && request.outcome === 'OK' ? <Truth request={request} /> : null}
        </Part>
        <Part title="What happened">
          <Timeline request={request} />
        </Part>
      </div>
      {request.abTest ? (
        <Part title="Test">
          <BothArms request={request} test={request.abTest} />
        </Part>
      ) : null}
      <Part title="Input">
        <Input request={request} />
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Answer({ request }: { request: Whole }) {
  const { algorithm, endpoint, outcome, message, fault, label, value, latency, subject, externalId } = request;
  return (
    <>
      {outcome === 'OK' ? (
        <p className="history-what">
          <span className="soft">{endpoint.target ?? 'Answer'}:</span>{' '}
          <strong>{label ?? `${numberText(value)} ${endpoint.unit ?? ''}`}</strong>
        </p>
      ) : (
        <p>
          <span className="badge bad">failed</span> {fault === 'CALLER' ? 'By the caller’s fault: ' : null}
          {message}
        </p>
      )}
      {request.probabilities ? (
        <ul className="history-probabilities" aria-label="Probabilities">
          {request.probabilities.map(({ label: its, probability }) => (
            <li key={its}>
              <span>{its}</span>
              <span className="figure">{percentText(probability)}</span>
              <span className="history-share" aria-hidden="true" style={{ width: `${probability * 100}%` }} />
            </li>
          ))}
        </ul>
      ) : null}
      <dl className="facts">
        <dt>Endpoint</dt>
        <dd>
          <Link to="/history" search={{ endpoint: endpoint.name }}>
            {endpoint.name}
          </Link>
        </dd>
        <dt>Algorithm</dt>
        <dd>
          {algorithm ? (
            <Link to="/history" search={{ endpoint: endpoint.name, algorithm: [algorithm.id] }}>
              {algorithm.name} {algorithm.version}
            </Link>
          ) : (
            'none was chosen'
          )}
          {algorithm?.status ? (
            <span className="soft"> now {STATUS_WORDS[algorithm.status]}</span>
          ) : null}
        </dd>
        <dt>Took</dt>
        <dd>{durationText(latency)}</dd>
        {subject === null ? null : (
          <>
            <dt>Subject</dt>
            <dd>
              <Link to="/history" hash={new URLSearchParams({ subject }).toString()}>
                {subject}
              </Link>
            </dd>
          </>
        )}
        {externalId === null ? null : (
          <>
            <dt>External id</dt>
            <dd>{externalId}</dd>
          </>
        )}
      </dl>
    </>
  );
}

function Known({ request: { feedback, correct, residual, endpoint, label, value, outcome } }: { request: Whole }) {
  if (feedback === null) return <p className="soft">Not known yet.</p>;
  const unit = endpoint.unit ?? '';
  return (
    <>
      <p className="history-what">
        <strong>
          {label === null && value !== null ? `${numberText(Number(feedback))} ${unit}` : feedback}
        </strong>{' '}
        {correct === null ? null : (
          <span className={correct ? 'badge good' : 'badge bad'}>{correct ? 'right' : 'wrong'}</span>
        )}
      </p>
      {residual === null ? null : (
        <p>
          The answer is {numberText(Math.abs(residual))} {unit} {residual < 0 ? 'too low' : 'too high'}.
        </p>
      )}
      {correct === null && residual === null ? (
        <p className="hint">
          {outcome === 'ERROR' ? 'Nothing was answered, so nothing is scored.' : 'It is none of the endpoint’s classes, so it is not scored.'}
        </p>
      ) : null}
    </>
  );
}

/** What happened to a request, in its order. */
function Timeline({ request }: { request: Whole }) {
  const { createdAt, latency, outcome, arm, abTest } = request;
  const events: { at: string; text: string }[] = [
    { at: createdAt, text: `asked, and ${outcome === 'OK' ? 'answered' : 'failed'} after ${durationText(latency)}` },
    ...truthsOf(request),
  ];
  if (abTest) {
    events.push({ at: abTest.createdAt, text: `the test “${abTest.title}” began` });
    if (abTest.endedAt) events.push({ at: abTest.endedAt, text: `the test ended: ${endText(abTest)}` });
  }
  return (
    <>
      <ol className="history-events">
        {events
          .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
          .map(({ at, text }) => (
            <li key={`${at} ${text}`}>
              <span className="soft small">
                <Time at={at} />
              </span>
              <br />
              {text}
            </li>
          ))}
      </ol>
      {arm ? <p className="hint">The {arm.toLowerCase()} of the test served the answer.</p> : null}
    </>
  );
}

/** Each time that the truth was given, changed or taken back, and by whom. */
function truthsOf({ feedbackAt, feedbackEvents }: Whole): { at: string; text: string }[] {
  // What came from an older service may have a truth without a history.
  if (feedbackEvents.length === 0) return feedbackAt ? [{ at: feedbackAt, text: 'the truth was given' }] : [];
  return feedbackEvents.map(({ feedback, createdAt, createdBy }, place) => {
    const before = feedbackEvents[place + 1];
    const done =
      feedback === null
        ? 'the truth was taken back'
        : `the truth was ${before && before.feedback !== null ? 'changed to' : 'given:'} ${feedback}`;
    return { at: createdAt, text: `${done}, by ${createdBy}` };
  });
}

export function endText({ state, verdict }: NonNullable<Whole['abTest']>): string {
  return (verdict ?? state).toLowerCase().replace('_', ' ');
}

interface Given {
  name: string;
  hidden: boolean;
  value: unknown;
  feature: Whole['endpoint']['features'][number] | undefined;
}

const GIVEN: readonly Column<Given>[] = [
  { key: 'name', head: 'Feature', cell: ({ name }) => name, value: ({ name }) => name },
  {
    key: 'value',
    head: 'Value',
    cell: ({ hidden, value, feature }) =>
      hidden ? (
        <span className="soft">hidden: it takes the scope read_private</span>
      ) : (
        `${valueText(value)} ${feature?.unit && value !== null ? feature.unit : ''}`
      ),
  },
  {
    key: 'means',
    head: 'Means',
    cell: ({ feature }) => feature?.description ?? <span className="soft">no feature of this endpoint</span>,
  },
];

function Input({ request }: { request: Whole }) {
  const { input, maskedFeatures, endpoint } = request;
  if (input === null) return <p className="soft">It was forgotten, or never kept.</p>;
  if (typeof input !== 'object' || Array.isArray(input)) return <pre>{valueText(input)}</pre>;
  const hidden = new Set(maskedFeatures);
  const features = new Map(endpoint.features.map((feature) => [feature.name, feature]));
  const rows = Object.entries(input as Record<string, unknown>).map(
    ([name, value]): Given => ({ name, value, hidden: hidden.has(name), feature: features.get(name) }),
  );
  return (
    <DataTable<Given>
      name="What was sent"
      rows={rows}
      keyOf={({ name }) => name}
      empty={<p className="soft">Nothing was sent.</p>}
      columns={GIVEN}
    />
  );
}
