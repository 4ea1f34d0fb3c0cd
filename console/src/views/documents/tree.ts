/** Documents as the build makes them of Markdown: trees that React shows, so that no text ever becomes markup. */

/** A text, or an element. */
export type Node = string | Element;

/** An element: its tag, what it says of itself, what is inside. */
export interface Element {
  t: string;
  s?: Says;
  c?: Node[];
}

export interface Says {
  /** The anchor of a heading. */
  id?: string;
  /** Where a link leads outside. */
  href?: string;
  /** The name of the document that a link leads to, and the heading there; '' is the list of all. */
  to?: string;
  hash?: string;
  /** In which language code is. */
  title?: string;
  /** The file of a picture, its size, and what it shows in words. */
  src?: string;
  width?: number;
  height?: number;
  alt?: string;
  /** With which number a list begins. */
  start?: number;
}

/** Part of the list of documents: its title, and of each document the name, the title and the file. */
export type Group = [title: string, documents: [name: string, title: string, file: string][]];

export interface Contents {
  groups: Group[];
  /** The file that the search reads. */
  search: string;
}

/** What is found as one: the name of the document, the anchor and the title of its heading, the text below it. */
export type Section = [document: string, anchor: string, title: string, text: string];
