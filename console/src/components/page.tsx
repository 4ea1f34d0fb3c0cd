import type { ReactNode } from 'react';

export interface PageProps {
  title: string;
  /** One sentence below the title. */
  lead?: ReactNode;
  /** What can be done with the whole page, at the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A view: its title, in the window too, and its content. Each route shows exactly one. */
export function Page({ title, lead, actions, children }: PageProps) {
  return (
    <>
      <title>{`${title} · Arbiter`}</title>
      <div className="page-head">
        <h1>{title}</h1>
        {actions === undefined ? null : <div className="buttons">{actions}</div>}
      </div>
      {lead === undefined ? null : <p className="lead">{lead}</p>}
      {children}
    </>
  );
}
