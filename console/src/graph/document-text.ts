import { type AnyVariables, stringifyDocument } from '@urql/core';

import { absolute } from '../place';

type Document = Exclude<Parameters<typeof stringifyDocument>[0], string>;

/** The text of a document as a person would write it: the client's own `__typename` is left out. */
export function textOf(document: Document): string {
  return stringifyDocument(document)
    .split('\n')
    .filter((line) => line.trim() !== '__typename' && !line.startsWith('# '))
    .join('\n')
    .trim();
}

/** The address of GraphiQL with a document in it. It stands behind the `#`, which a browser never sends. */
export function inGraphiQL(document: Document, variables: AnyVariables): string {
  const given = new URLSearchParams({ query: textOf(document) });
  if (variables && Object.keys(variables).length > 0) given.set('variables', JSON.stringify(variables, null, 2));
  return `${absolute('graphql')}#${given.toString()}`;
}
