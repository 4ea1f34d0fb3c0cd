import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useMemo } from 'react';

import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import { useContents, useSections } from './files';
import { excerptOf, foundIn, termsOf } from './finding';
import { ToDocument } from './rendered';
import type { Contents, Group } from './tree';
import './documents.css';

const ROUTE = getRouteApi('/documents/');
const MOST_SHOWN = 30;

/** All documents, or those of their sections in which something was found. */
export function Documents() {
  const { find } = ROUTE.useSearch();
  const contents = useContents();
  return (
    <Page title="Documents" lead="What Arbiter does and how to work with it, as installed with this server.">
      <Find key={find ?? ''} text={find ?? ''} />
      <Loaded of={contents} what="the documents">
        {(found) =>
          find === undefined ? (
            <div className="documents-groups">
              {found.groups.map((group) => (
                <GroupOf key={group[0]} group={group} />
              ))}
            </div>
          ) : (
            <FoundSections text={find} contents={found} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** The box of the search. What was looked for is in the address. */
export function Find({ text }: { text: string }) {
  const id = useId();
  const navigate = useNavigate();
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('find');
    const find = typeof given === 'string' ? given.trim() : '';
    void navigate({ to: '/documents', search: find === '' ? {} : { find } });
  }
  return (
    <search>
      <form onSubmit={submit} className="documents-find">
        <label htmlFor={id}>Search the documents</label>
        <span className="buttons">
          <input id={id} name="find" type="search" defaultValue={text} />
          <button type="submit">Search</button>
        </span>
      </form>
    </search>
  );
}

function GroupOf({ group: [title, documents] }: { group: Group }) {
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {documents.map(([name, text]) => (
          <li key={name}>
            <ToDocument name={name}>{text}</ToDocument>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FoundSections({ text, contents }: { text: string; contents: Contents }) {
  const sections = useSections(contents.search);
  return (
    <Loaded of={sections} what="the search">
      {(all) => <Results text={text} contents={contents} all={all} />}
    </Loaded>
  );
}

function Results({ text, contents, all }: { text: string; contents: Contents; all: Parameters<typeof foundIn>[1] }) {
  const terms = useMemo(() => termsOf(text), [text]);
  const found = useMemo(() => foundIn(contents, all, terms), [contents, all, terms]);
  const titles = useMemo(
    () => new Map(contents.groups.flatMap(([, its]) => its.map(([name, title]) => [name, title] as const))),
    [contents],
  );
  if (found.length === 0) {
    return <Empty title={`Nothing in the documents has “${text}”.`}>Fewer or shorter words find more.</Empty>;
  }
  return (
    <>
      <output className="documents-count">
        {found.length === 1 ? 'One section has' : `${numberText(found.length)} sections have`} “{text}”
        {found.length > MOST_SHOWN ? `; these ${MOST_SHOWN} fit best.` : '.'}
      </output>
      <ol className="documents-found">
        {found.slice(0, MOST_SHOWN).map(([name, anchor, title, body]) => (
          <li key={`${name}#${anchor}`} className="panel">
            <ToDocument name={name} hash={anchor}>
              {title}
            </ToDocument>
            {anchor === '' ? null : <span className="soft"> in {titles.get(name)}</span>}
            <p>
              {excerptOf(body, terms).map(({ at, part, hit }) => (hit ? <mark key={at}>{part}</mark> : part))}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
