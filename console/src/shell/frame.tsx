import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import { beside } from '../place';
import { useKept } from './key';
import { ENTRIES } from './navigation';
import { useViewer } from './viewer';

/** What is around every view: the way past the navigation, the navigation, and who has signed in. */
export function Frame() {
  const main = useRef<HTMLElement>(null);
  useAnnouncedView(main);
  return (
    <>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        To the content
      </a>
      <header className="frame">
        <span className="brand">Arbiter</span>
        <Navigation />
        <Visitor />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="frame soft">
        <a href={beside('readyz')}>Ready?</a> <a href={beside('metrics')}>Metrics</a>{' '}
        <a href={beside('api/v1/')}>REST, for the old clients</a>
      </footer>
    </>
  );
}

function Navigation() {
  const { scopes } = useViewer();
  const { routesByPath } = useRouter();
  const shown = ENTRIES.filter(
    ({ to, needs }) => (to in routesByPath || `${to}/` in routesByPath) && (!needs || scopes.includes(needs)),
  );
  return (
    <nav aria-label="Views">
      <ul>
        {shown.map(({ to, text }) => (
          <li key={to}>
            <Link to={to}>{text}</Link>
          </li>
        ))}
        <li>
          <a href={beside('graphql')} target="_blank" rel="opener">
            GraphiQL
          </a>
        </li>
      </ul>
    </nav>
  );
}

function Visitor() {
  const { key, leave } = useKept();
  const { name, anonymous } = useViewer();
  if (key === null) return <span className="visitor soft">{anonymous ? 'No key' : name}</span>;
  return (
    <span className="visitor">
      <span className="soft">{name}</span>{' '}
      <button type="button" onClick={() => leave()}>
        Sign out
      </button>
    </span>
  );
}

/** Puts the focus on a new view, so that a screen reader reads it and Tab goes on from there. */
function useAnnouncedView(main: React.RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const last = useRef(path);
  useEffect(() => {
    if (last.current !== undefined && path !== last.current) main.current?.focus();
    last.current = path;
  }, [path, main]);
}
