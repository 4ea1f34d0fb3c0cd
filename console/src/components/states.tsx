import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Page } from './page';

/** Something is on its way. It shows only after a moment, so that quick answers do not flicker. */
export function Waiting({ what }: { what: string }) {
  return (
    <output className="state waiting">Loading {what}…</output>
  );
}

/** There is nothing, and that is no mistake: say why, and what would make something appear. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state empty">
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

/** An address below the console that leads nowhere. */
export function Nowhere() {
  return (
    <Page title="No such page">
      <p>
        Nothing is at this address. <Link to="/">Go to the beginning.</Link>
      </p>
    </Page>
  );
}

/** A view that broke: a part that is not on the server any more after an upgrade, or a mistake of ours. */
export function Broken({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Page title="This page could not be shown">
      <p role="alert">{error instanceof Error ? error.message : String(error)}</p>
      <p>If the server was upgraded while this page was open, loading it anew helps.</p>
      <p className="buttons">
        <button type="button" className="primary" onClick={() => window.location.reload()}>
          Load the page anew
        </button>
        <button type="button" onClick={() => void router.invalidate()}>
          Try again
        </button>
      </p>
    </Page>
  );
}
