import { Link } from '@tanstack/react-router';
import { createElement, type ReactNode } from 'react';

import { CopyButton } from '../../components/copy';
import { beside, CONSOLE } from '../../place';
import type { Element, Node } from './tree';

/** What a document may be made of; the build writes nothing else. */
const PLAIN = new Set(
  ['p', 'ul', 'ol', 'li', 'code', 'strong', 'em', 'del', 'span', 'blockquote', 'hr', 'br', 'thead', 'tbody', 'tr', 'td'],
);

/** The nodes of a document as elements. */
export function rendered(nodes: readonly Node[]): ReactNode[] {
  // A document never changes while it is shown, so places are good keys.
  return nodes.map((node, place) => (typeof node === 'string' ? node : element(node, String(place))));
}

function element({ t: tag, s: said = {}, c: inside = [] }: Element, key: string): ReactNode {
  const children = rendered(inside);
  if (tag === 'a') return <Leading key={key} says={said} inside={children} />;
  if (tag === 'img') return <Picture key={key} says={said} />;
  if (tag === 'pre') return <CodeBlock key={key} language={said.title ?? ''} text={inside.filter((one) => typeof one === 'string').join('')} />;
  if (tag === 'table') {
    return (
      <div key={key} className="scroll" tabIndex={0}>
        <table>{children}</table>
      </div>
    );
  }
  // A column without a name has no header: a cell in its place says so to those who listen.
  if (tag === 'th' && children.length === 0) return createElement('td', { key });
  if (tag === 'th') return createElement('th', { key, scope: 'col' }, ...children);
  if (/^h[2-6]$/.test(tag)) return createElement(tag, { key, id: said.id, tabIndex: -1 }, ...children);
  return PLAIN.has(tag) ? createElement(tag, { key, start: said.start }, ...children) : children;
}

function Leading({ says, inside }: { says: NonNullable<Element['s']>; inside: ReactNode[] }) {
  const { href, to = '', hash } = says;
  if (href !== undefined) {
    return (
      <a href={href} target="_blank" rel="noreferrer">
        {inside}
      </a>
    );
  }
  if (to === '') return <Link to="/documents">{inside}</Link>;
  return (
    <ToDocument name={to} hash={hash}>
      {inside}
    </ToDocument>
  );
}

/** A picture, which leads to itself in its full size. */
function Picture({ says: { src = '', width, height, alt } }: { says: NonNullable<Element['s']> }) {
  const address = `${CONSOLE}assets/${src}`;
  return (
    <a className="documents-picture" href={address} target="_blank" rel="noreferrer">
      <img src={address} width={width} height={height} alt={alt} loading="lazy" />
    </a>
  );
}

/** A link to a document by its name in `docs/`. */
export function ToDocument({ name, hash, children }: { name: string; hash?: string | undefined; children: ReactNode }) {
  return (
    <Link to="/documents/$" params={{ _splat: name.replace(/\.md$/, '') }} {...(hash ? { hash, activeOptions: { includeHash: true } } : {})}>
      {children}
    </Link>
  );
}

function CodeBlock({ language, text }: { language: string; text: string }) {
  return (
    <div className="code documents-code">
      <div className="code-head">
        <span>{language}</span>
        <span className="buttons">
          {language === 'graphql' ? (
            <a href={`${beside('graphql')}#${new URLSearchParams({ query: text }).toString()}`} target="_blank" rel="opener">
              Open in GraphiQL
            </a>
          ) : null}
          <CopyButton text={() => text}>Copy</CopyButton>
        </span>
      </div>
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
