import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useEffect, useState } from 'react';

import { inGraphiQL, textOf } from '../graph/document-text';

const SAID_FOR = 2000;

/** A button that copies a text, and says that it did. */
export function CopyButton({ text, children }: { text: () => string; children: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = window.setTimeout(() => setSaid(null), SAID_FOR);
    return () => window.clearTimeout(timer);
  }, [said]);
  return (
    <>
      <button
        type="button"
        className="small"
        onClick={() => {
          copy(text()).then(
            () => setSaid('Copied'),
            () => setSaid('Copying is not allowed here: select the text instead'),
          );
        }}
      >
        {children}
      </button>
      <output className="soft small">{said}</output>
    </>
  );
}

/** On plain http to another host there is no clipboard for scripts, but there is one for what is selected. */
async function copy(text: string): Promise<void> {
  // The type says that it is always there; on plain http it is not.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) {
    await clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'copied';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('refused');
}

/** Code with its name and a button that copies it. */
export function Code({ title, text }: { title: string; text: string }) {
  return (
    <section className="code" aria-label={title}>
      <div className="code-head">
        <span>{title}</span>
        <span>
          <CopyButton text={() => text}>Copy</CopyButton>
        </span>
      </div>
      <pre tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </section>
  );
}

/** The way from what is shown to the query behind it. */
export function AsGraphQL<Data, Variables extends AnyVariables>({
  document,
  variables,
}: {
  document: TypedDocumentNode<Data, Variables>;
  variables: Variables;
}) {
  return (
    <span className="buttons">
      <CopyButton text={() => withVariables(textOf(document), variables)}>Copy as GraphQL</CopyButton>
      <a href={inGraphiQL(document, variables)} target="_blank" rel="opener" className="small">
        Open in GraphiQL
      </a>
    </span>
  );
}

function withVariables(text: string, variables: AnyVariables): string {
  return variables && Object.keys(variables).length > 0
    ? `${text}\n\n# Variables\n${JSON.stringify(variables, null, 2).replaceAll(/^/gm, '# ')}`
    : text;
}
