import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { CONSOLE } from '../../place';

/** A link to another view by its path below the console; a click stays on the page, as with `Link`. */
export function ViewLink({ to, children }: { to: string; children: ReactNode }) {
  const { history } = useRouter();
  const href = `${CONSOLE.replace(/\/$/, '')}${to}`;
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        history.push(href);
      }}
    >
      {children}
    </a>
  );
}
