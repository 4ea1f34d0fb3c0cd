/**
 * Makes pages of the Markdown documents in `docs/` when the console is built: browsers get trees, and no parser.
 *
 * Each document becomes a JSON file, beside one that lists them and one that the search reads. Their names change with
 * their content, like those of every other file that is kept for ever.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import type { Plugin } from 'vite';

import type { Contents, Element, Group, Node, Says, Section } from './src/views/documents/tree';

export const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const MODULE = 'virtual:documents';
const RESOLVED = `\0${MODULE}`;

/** The order in which somebody new reads; what is not named here stands at the end of the guides. */
const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Begin', ['getting-started', 'console', 'tutorials/analyst', 'tutorials/frontend', 'tutorials/operator']],
  [
    'Guides',
    [
      'graphql-guide',
      'subscriptions',
      'ab-tests',
      'adding-an-algorithm',
      'bulk',
      'exports',
      'external-ids',
      'rest',
      'inference-protocol',
      'authentication',
      'privacy',
      'trusted-documents',
      'operations',
    ],
  ],
  ['Reference', ['graphql', 'settings', 'errors', 'performance', 'design']],
];
const DECISIONS = 'decisions/';

/** The Markdown files by their names in `docs/`. */
export function documentNames(): string[] {
  return readdirSync(DOCS, { recursive: true, encoding: 'utf-8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.md'))
    .toSorted();
}

/** The pictures by their names in `docs/`. */
export function pictureNames(): string[] {
  return readdirSync(DOCS, { recursive: true, encoding: 'utf-8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.png'))
    .toSorted();
}

/** Adds the files to the build, and `virtual:documents`, which says where they begin. */
export function documentPages(): Plugin {
  let files = new Map<string, string | Buffer>();
  let contents = '';
  const make = () => {
    [contents, files] = madeFiles();
  };
  return {
    name: 'documents-as-pages',
    buildStart: make,
    resolveId: (id) => (id === MODULE ? RESOLVED : null),
    load: (id) => (id === RESOLVED ? `export const CONTENTS = ${JSON.stringify(contents)};` : null),
    generateBundle() {
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName: `assets/${fileName}`, source });
    },
    configureServer(server) {
      server.middlewares.use('/console/assets/', (request, response, next) => {
        const found = files.get((request.url ?? '').slice(1));
        if (found === undefined) next();
        else response.setHeader('content-type', typeof found === 'string' ? 'application/json' : 'image/png').end(found);
      });
    },
  };
}

/** The name of the file that lists the documents, and all files by their names. */
function madeFiles(): [string, Map<string, string | Buffer>] {
  const files = new Map<string, string | Buffer>();
  const put = (name: string, ending: string, source: string | Buffer) => {
    const file = `${name}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.${ending}`;
    files.set(file, source);
    return file;
  };
  const add = (name: string, value: unknown) => put(name, 'json', JSON.stringify(value));
  const pictures = new Map(
    pictureNames().map((name): [string, Picture] => {
      const body = readFileSync(DOCS + name);
      // The first part of every PNG says how large it is.
      const [width, height] = [body.readUInt32BE(16), body.readUInt32BE(20)];
      return [name, { src: put(`picture-${posix.basename(name, '.png')}`, 'png', body), width, height }];
    }),
  );
  const names = documentNames();
  const known = new Set(names);
  const sections: Section[] = [];
  const titles = new Map<string, readonly [string, string]>();
  for (const name of names) {
    const page = pageOf(name, readFileSync(DOCS + name, 'utf-8'), known, pictures);
    titles.set(name, [page.title, add(`document-${name.slice(0, -3).replaceAll('/', '-')}`, page.nodes)]);
    sections.push(...page.sections);
  }
  const search = add('documents-search', sections);
  const groups = grouped(names).map(
    ([title, its]): Group => [title, its.map((name) => [name, ...(titles.get(name) ?? ['', ''])])],
  );
  return [add('documents', { groups, search } satisfies Contents), files];
}

/** A picture: its file in the build, and its size. */
type Picture = Required<Pick<Says, 'src' | 'width' | 'height'>>;

function grouped(names: readonly string[]): [string, string[]][] {
  const named = new Set(GROUPS.flatMap(([, its]) => its.map((name) => `${name}.md`)));
  const others = names.filter((name) => !named.has(name));
  const groups = GROUPS.map(([title, its]): [string, string[]] => [
    title,
    [
      ...its.map((name) => `${name}.md`).filter((name) => names.includes(name)),
      ...(title === 'Guides' ? others.filter((name) => !name.startsWith(DECISIONS)) : []),
    ],
  ]);
  return [...groups, ['Decisions', others.filter((name) => name.startsWith(DECISIONS))]];
}

interface DocumentPage {
  title: string;
  nodes: Node[];
  sections: Section[];
}

/** One document: its title, what stands below it, and its sections for the search. */
function pageOf(
  name: string,
  text: string,
  known: ReadonlySet<string>,
  pictures: ReadonlyMap<string, Picture>,
): DocumentPage {
  const writer = new Writer(name, known, pictures);
  const page: DocumentPage = { title: name, nodes: [], sections: [] };
  let section: Section = [name, '', '', ''];
  for (const token of lexer(text) as MarkedToken[]) {
    if (token.type === 'heading') {
      const title = textOf(writer.inline(token.tokens));
      const anchor = token.depth === 1 ? '' : writer.anchorOf(title);
      if (section[3] !== '') page.sections.push(section);
      section = [name, anchor, title, ''];
      if (token.depth === 1) page.title = title;
      else page.nodes.push(made(`h${token.depth}`, writer.inline(token.tokens), { id: anchor }));
    } else {
      const nodes = writer.block(token);
      page.nodes.push(...nodes);
      section[3] = `${section[3]} ${textOf(nodes)}`.replaceAll(/\s+/g, ' ').trim();
    }
  }
  page.sections.push(section);
  return page;
}

function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => (typeof node === 'string' ? node : textOf(node.c ?? []) + (BLOCKS.has(node.t) ? ' ' : '')))
    .join('');
}

const BLOCKS = new Set(['p', 'li', 'td', 'th', 'pre', 'br']);

function made(t: string, c: Node[] = [], s?: Says): Element {
  return { t, ...(s ? { s } : {}), ...(c.length > 0 ? { c } : {}) };
}

/** Writes the tokens of one document as nodes. */
class Writer {
  private readonly taken = new Map<string, number>();
  private readonly name: string;
  private readonly known: ReadonlySet<string>;
  private readonly pictures: ReadonlyMap<string, Picture>;

  constructor(name: string, known: ReadonlySet<string>, pictures: ReadonlyMap<string, Picture>) {
    this.name = name;
    this.known = known;
    this.pictures = pictures;
  }

  /** The anchor of a heading, as forges make it. */
  anchorOf(title: string): string {
    const base = title.toLowerCase().replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
    const times = this.taken.get(base) ?? 0;
    this.taken.set(base, times + 1);
    return times === 0 ? base : `${base}-${times}`;
  }

  block(given: Token): Node[] {
    const token = given as MarkedToken;
    switch (token.type) {
      case 'space':
      case 'html':
      case 'def':
        return [];
      case 'paragraph':
        return [made('p', this.inline(token.tokens))];
      case 'text':
        return this.inline(token.tokens ?? [token]);
      case 'code':
        return [made('pre', [token.text], { title: (token.lang ?? '').split(' ')[0] ?? '' })];
      case 'blockquote':
        return [made('blockquote', token.tokens.flatMap((one) => this.block(one)))];
      case 'hr':
        return [made('hr')];
      case 'heading':
        return [made('p', [made('strong', this.inline(token.tokens))])];
      case 'list':
        return [this.list(token)];
      case 'table':
        return [this.table(token)];
      default:
        throw new Error(`${this.name} has Markdown that the console cannot show: ${token.type}: ${token.raw.slice(0, 80)}`);
    }
  }

  private list(token: Tokens.List): Element {
    const items = token.items.map((item) => made('li', item.tokens.flatMap((one) => this.block(one))));
    if (!token.ordered) return made('ul', items);
    return made('ol', items, typeof token.start === 'number' && token.start !== 1 ? { start: token.start } : undefined);
  }

  private table(token: Tokens.Table): Element {
    const head = token.header.map((cell) => made('th', this.inline(cell.tokens)));
    const rows = token.rows.map((row) => made('tr', row.map((cell) => made('td', this.inline(cell.tokens)))));
    // A head of empty cells names nothing: Markdown has no tables without one.
    const heads = head.some((cell) => cell.c) ? [made('thead', [made('tr', head)])] : [];
    return made('table', [...heads, made('tbody', rows)]);
  }

  inline(tokens: readonly Token[]): Node[] {
    return tokens.flatMap((token) => this.phrase(token as MarkedToken));
  }

  private phrase(token: MarkedToken): Node[] {
    switch (token.type) {
      case 'text':
        return token.tokens ? this.inline(token.tokens) : [token.text];
      case 'escape':
        return [token.text];
      case 'html':
        return [token.text];
      case 'codespan':
        return [made('code', [token.text])];
      case 'strong':
      case 'em':
      case 'del':
        return [made(token.type, this.inline(token.tokens))];
      case 'br':
        return [made('br')];
      case 'link':
        return [this.link(token)];
      case 'image':
        return [this.image(token)];
      default:
        throw new Error(`${this.name} has Markdown that the console cannot show: ${token.type}: ${token.raw}`);
    }
  }

  private image(token: Tokens.Image): Element {
    const picture = this.pictures.get(posix.join(posix.dirname(this.name), token.href));
    if (picture === undefined || token.text === '') {
      throw new Error(`${this.name} shows ${token.href}, which is no picture in docs/ with a text: ${token.raw}`);
    }
    return made('img', [], { ...picture, alt: token.text });
  }

  /** A link to another document stays in the console; one to a file that is not installed with it is its text alone. */
  private link(token: Tokens.Link): Element {
    const inside = this.inline(token.tokens);
    if (/^[a-z]+:/.test(token.href)) return made('a', inside, { href: token.href });
    const [place = '', hash = ''] = token.href.split('#');
    const to = place === '' ? this.name : posix.join(posix.dirname(this.name), place);
    if (to === DECISIONS || `${to}/` === DECISIONS) return made('a', inside, { to: '' });
    return this.known.has(to) ? made('a', inside, hash === '' ? { to } : { to, hash }) : made('span', inside);
  }
}
