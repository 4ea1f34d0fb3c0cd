import { getRouteApi, Link, useLocation } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';

import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { Find } from './documents';
import { useContents, useNodes } from './files';
import { rendered, ToDocument } from './rendered';
import type { Contents, Element, Node } from './tree';
import './documents.css';

const ROUTE = getRouteApi('/documents/$');
/** Above this width the list of documents stands beside the text. */
const WIDE = '(min-width: 60rem)';

/** One document as a page. */
export function Document() {
  const { _splat = '' } = ROUTE.useParams();
  const name = `${_splat.replace(/\.md$/, '').replace(/\/$/, '')}.md`;
  const contents = useContents();
  const found = contents.data?.groups.flatMap(([, its]) => its).find(([its]) => its === name);
  return (
    <Page title={found?.[1] ?? 'Documents'}>
      <Loaded of={contents} what="the documents">
        {(all) =>
          found ? (
            <Shown key={name} name={name} file={found[2]} contents={all} />
          ) : (
            <Empty title={`There is no document ${name} in this version.`}>
              <Link to="/documents">All documents</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function Shown({ name, file, contents }: { name: string; file: string; contents: Contents }) {
  const nodes = useNodes(file);
  return (
    <div className="documents-page">
      <Others name={name} contents={contents} nodes={nodes.data} />
      <article>
        <Loaded of={nodes} what="the document">
          {(its) => <Text nodes={its} />}
        </Loaded>
      </article>
    </div>
  );
}

function Text({ nodes }: { nodes: Node[] }) {
  const { hash } = useLocation();
  useEffect(() => {
    // The text came after the address, so nobody has gone to the heading yet.
    const heading = hash === '' ? null : document.getElementById(hash);
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }, [hash]);
  return useMemo(() => rendered(nodes), [nodes]);
}

/** The way to the other documents, and to the sections of this one. */
function Others({ name, contents, nodes }: { name: string; contents: Contents; nodes: Node[] | undefined }) {
  const [wide] = useState(() => window.matchMedia(WIDE).matches);
  const sections = (nodes ?? []).filter((node): node is Element => typeof node !== 'string' && node.t === 'h2');
  return (
    <div className="documents-others">
      <Find text="" />
      <details open={wide}>
        <summary>All documents</summary>
        <nav aria-label="Documents">
          {contents.groups.map(([title, documents]) => (
            <details key={title} open={title !== 'Decisions' || documents.some(([its]) => its === name)}>
              <summary>{title}</summary>
              <ul>
                {documents.map(([its, text]) => (
                  <li key={its}>
                    <ToDocument name={its}>{text}</ToDocument>
                    {its === name && sections.length > 0 ? <Sections name={name} sections={sections} /> : null}
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </nav>
      </details>
    </div>
  );
}

function Sections({ name, sections }: { name: string; sections: Element[] }) {
  return (
    <ul>
      {sections.map(({ s: { id = '' } = {}, c = [] }) => (
        <li key={id}>
          <ToDocument name={name} hash={id}>
            {rendered(c)}
          </ToDocument>
        </li>
      ))}
    </ul>
  );
}
