import type { GraphProblem } from '../graph/problems';
import { useKept } from '../shell/key';

const TITLES: Record<GraphProblem['kind'], string> = {
  offline: 'The server cannot be reached',
  unauthenticated: 'Your key is not valid any more',
  forbidden: 'Your key does not allow this',
  busy: 'The server has too much to do',
  outdated: 'This page is older than the server',
  failed: 'This could not be answered',
};
const CURES: Record<GraphProblem['kind'], string> = {
  offline: 'Is it running, and is this machine connected?',
  unauthenticated: 'Sign in again.',
  forbidden: 'Ask for a key with this right, and sign in with it.',
  busy: 'Try again in a moment.',
  outdated: 'Load it anew: the server was upgraded while it was open.',
  failed: '',
};

/** What went wrong, in words, with what the visitor can do about it. */
export function Problem({ of, again }: { of: GraphProblem; again?: () => void }) {
  const { key, leave } = useKept();
  const { kind, message, code, retryAfter } = of;
  return (
    <div className="state problem" role="alert" data-kind={kind}>
      <p className="state-title">{TITLES[kind]}</p>
      <p>
        {message} {retryAfter === null ? CURES[kind] : `Try again in ${Math.ceil(retryAfter)} s.`}
      </p>
      <p className="buttons">
        {kind === 'outdated' ? (
          <button type="button" className="primary" onClick={() => window.location.reload()}>
            Load the page anew
          </button>
        ) : null}
        {again && kind !== 'forbidden' && kind !== 'outdated' ? (
          <button type="button" onClick={again}>
            Try again
          </button>
        ) : null}
        {key !== null && (kind === 'forbidden' || kind === 'unauthenticated') ? (
          <button type="button" onClick={() => leave()}>
            Sign in with another key
          </button>
        ) : null}
        {code === null ? null : <code className="soft">{code}</code>}
      </p>
    </div>
  );
}
