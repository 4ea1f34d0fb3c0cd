import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { tanstackRouter } from '@tanstack/router-plugin/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

import { documentNames, documentPages, pictureNames } from './documents';

const SERVER = process.env['ARBITER'] ?? 'http://127.0.0.1:8000';
const OPERATION = /\bgraphql\(\s*`\s*(query|mutation|subscription|fragment)\s+(\w+)[^`]*`\s*,?\s*\)/g;

/** Puts each generated document in the place of its text: else every text would be carried twice beside it. */
function documents(): Plugin {
  return {
    name: 'documents',
    transform(code, id) {
      if (!/\/src\/.*\.tsx?(\?|$)/.test(id) || id.includes('/src/gql/')) return null;
      const names = new Set<string>();
      const replaced = code.replaceAll(OPERATION, (_, kind: string, name: string) => {
        const document = kind === 'fragment' ? `${name}FragmentDoc` : `${name}Document`;
        names.add(document);
        return document;
      });
      if (names.size === 0) return null;
      const gql = fileURLToPath(new URL('src/gql/graphql.ts', import.meta.url));
      return { code: `import { ${[...names].join(', ')} } from ${JSON.stringify(gql)};\n${replaced}`, map: null };
    },
    enforce: 'pre',
  };
}

const TREE = /export const (\w+Document) = \{"__meta__":\{"hash":"([\w:]+)"\}.*\} as unknown as [^\n]+;/g;

/** Carries each generated document as its text and not as its tree, which is twice as long even when compressed. */
function texts(): Plugin {
  return {
    name: 'texts',
    apply: 'build',
    transform(code, id) {
      if (!id.endsWith('/src/gql/graphql.ts')) return null;
      const manifest = new URL('src/gql/persisted-documents.json', import.meta.url);
      const known = JSON.parse(readFileSync(manifest, 'utf-8')) as Record<string, string>;
      const replaced = code.replaceAll(TREE, (_, name: string, hash: string) => {
        const text = known[hash];
        if (text === undefined) throw new Error(`${name} is not among the persisted documents`);
        return `export const ${name} = read(${JSON.stringify(hash)}, ${JSON.stringify(text)});`;
      });
      const read = 'const read = (hash, text) => Object.assign(gql(text), { __meta__: { hash } });';
      return { code: `import { gql } from '@urql/core';\n${read}\n${replaced}`, map: null };
    },
    enforce: 'pre',
  };
}

function sha256(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** The digest of everything that the console is built from; hatch_build.py computes the same and builds nothing twice. */
function sourcesDigest(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const names = readdirSync(here).filter((name) => /\.ts$|^index\.html$|^package(-lock)?\.json$/.test(name));
  for (const entry of readdirSync(`${here}src`, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) names.push(`${entry.parentPath}/${entry.name}`.slice(here.length).replaceAll('\\', '/'));
  }
  const kept = names.filter((name) => !name.startsWith('src/gql/') && !name.startsWith('src/routeTree.gen.ts'));
  const beside = ['../graph/schema.graphql', ...[...documentNames(), ...pictureNames()].map((name) => `../docs/${name}`)];
  const lines = [...kept, ...beside].toSorted().map((name) => `${name} ${sha256(readFileSync(here + name))}\n`);
  return sha256(lines.join(''));
}

/** Puts the manifest beside the page: the server knows the console's documents by it. */
function manifest(): Plugin {
  return {
    name: 'manifest',
    apply: 'build',
    generateBundle() {
      const source = readFileSync(new URL('src/gql/persisted-documents.json', import.meta.url), 'utf-8');
      this.emitFile({ type: 'asset', fileName: 'trusted-documents.json', source });
      this.emitFile({ type: 'asset', fileName: 'sources.sha256', source: `${sourcesDigest()}\n` });
    },
  };
}

export default defineConfig(({ command }) => ({
  // The built page lies wherever a proxy shows it; the server writes the prefix into it.
  base: command === 'serve' ? '/console/' : './',
  plugins: [
    documents(),
    texts(),
    tanstackRouter({ target: 'react', autoCodeSplitting: true, quoteStyle: 'single', semicolons: true }),
    react(),
    documentPages(),
    manifest(),
  ],
  resolve: { alias: { 'd3-geo': fileURLToPath(new URL('no-maps.ts', import.meta.url)) } },
  build: {
    outDir: '../graph/http/console/built',
    emptyOutDir: true,
    target: 'es2022',
    // Pictures in style sheets would become `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(['/graphql', '/exports', '/docs', '/favicon.ico'].map((path) => [path, SERVER])),
  },
}));
