import { type ReactNode, useEffect } from 'react';

import { Waiting } from '../components/states';
import { Problem } from '../components/problem';
import { problemOf } from '../graph/problems';
import { useAsked } from '../graph/asked';
import { useKept } from './key';
import { SignIn } from './sign-in';
import { VIEWER, type Viewer, ViewerContext } from './viewer';

const NOBODY: Viewer = { name: 'anonymous', anonymous: true, scopes: [], grants: [] };

/** Finds out who the visitor is: the views for whoever may read, else the box that asks for a key. */
export function Entrance({ children }: { children: ReactNode }) {
  const { key, leave } = useKept();
  const asked = useAsked(VIEWER, {});
  const problem = asked.error ? problemOf(asked.error) : null;
  const refused = key !== null && problem?.kind === 'unauthenticated' ? problem.message : null;
  useEffect(() => {
    if (refused !== null) leave(refused);
  }, [leave, refused]);

  if (asked.data) {
    const { viewer } = asked.data;
    if (!viewer.scopes.includes('READ')) return <SignIn viewer={viewer} />;
    return <ViewerContext value={viewer}>{children}</ViewerContext>;
  }
  if (key === null && problem?.kind === 'unauthenticated') return <SignIn viewer={NOBODY} />;
  if (problem && refused === null) {
    return (
      <main className="alone">
        <h1>Arbiter</h1>
        <Problem of={problem} again={asked.again} />
      </main>
    );
  }
  return (
    <main className="alone">
      <Waiting what="Arbiter" />
    </main>
  );
}
