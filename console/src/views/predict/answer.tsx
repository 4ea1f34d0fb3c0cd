import { Link } from '@tanstack/react-router';

import { Empty } from '../../components/states';
import { Loaded } from '../../components/loaded';
import { durationText, numberText, percentText, Time } from '../../components/values';
import { useAsked } from '../../graph/asked';
import { useMayOf } from '../../shell/viewer';
import { ANSWER, type Answer } from './queries';
import { Truth } from './truth';

/** What was answered to one request, by whom, and whether it was right. */
export function AnswerCard({ requestId }: { requestId: string }) {
  const asked = useAsked(ANSWER, { id: requestId });
  return (
    <article className="panel predict-answer" aria-label={`Answer to request ${requestId}`}>
      <Loaded of={asked} what="the answer">
        {({ request }) =>
          request ? <Answered request={request} /> : <Empty title={`There is no request ${requestId} any more.`} />
        }
      </Loaded>
    </article>
  );
}

function Answered({ request }: { request: Answer }) {
  const mayTell = useMayOf('FEEDBACK', request.endpoint.name);
  const { algorithm, arm, abTest } = request;
  return (
    <>
      <h3>{algorithm ? `${algorithm.name} ${algorithm.version}` : 'No algorithm'}</h3>
      {request.outcome === 'OK' ? <What request={request} /> : <p className="field-error">{request.message}</p>}
      {request.probabilities ? <Probabilities of={request.probabilities} /> : null}
      <dl className="facts">
        {arm ? (
          <>
            <dt>Arm</dt>
            <dd>
              {arm.toLowerCase()} of the test “{abTest?.title}”
            </dd>
          </>
        ) : null}
        <dt>Request</dt>
        <dd>
          <Link to="/history/$id" params={{ id: request.requestId }}>
            {request.requestId}
          </Link>
        </dd>
        <dt>Took</dt>
        <dd>{durationText(request.latency)}</dd>
        <dt>Asked</dt>
        <dd>
          <Time at={request.createdAt} />
        </dd>
        <dt>Truth</dt>
        <dd>
          <Known request={request} />
        </dd>
      </dl>
      {mayTell && request.outcome === 'OK' ? <Truth request={request} /> : null}
    </>
  );
}

function What({ request }: { request: Answer }) {
  const text = request.label ?? `${numberText(request.value)} ${request.endpoint.unit ?? ''}`;
  return (
    <p className="predict-what">
      <span className="soft">{request.endpoint.target ?? 'Answer'}:</span> <strong>{text}</strong>
    </p>
  );
}

function Probabilities({ of }: { of: NonNullable<Answer['probabilities']> }) {
  return (
    <ul className="predict-probabilities" aria-label="Probabilities">
      {of.map(({ label, probability }) => (
        <li key={label}>
          <span>{label}</span>
          <span className="figure">{percentText(probability)}</span>
          <span className="predict-bar" aria-hidden="true">
            <span style={{ width: `${probability * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Known({ request }: { request: Answer }) {
  const { feedback, correct, residual, endpoint } = request;
  if (feedback === null) return <span className="soft">not known yet</span>;
  if (correct !== null) {
    return (
      <>
        {feedback} <span className={correct ? 'badge good' : 'badge bad'}>{correct ? 'right' : 'wrong'}</span>
      </>
    );
  }
  const unit = endpoint.unit ?? '';
  if (residual === null) return <>{feedback}</>;
  return (
    <>
      {numberText(Number(feedback))} {unit}, the answer is {numberText(Math.abs(residual))} {unit}{' '}
      {residual < 0 ? 'too low' : 'too high'}
    </>
  );
}
