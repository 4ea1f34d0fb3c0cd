import type { Contents, Section } from './tree';

const BEFORE = 60;
const EXCERPT = 240;
const MOST_COUNTED = 5;
/** The group of the guides; each one after them counts less by so much. */
const LAST_GUIDES = 1;
const AFTER_GUIDES = 20;

/** The words that must all be there. */
export function termsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The sections that have all words, best first: words in titles count most, and guides come before decisions. */
export function foundIn(contents: Contents, all: readonly Section[], terms: readonly string[]): Section[] {
  const ranks = new Map(contents.groups.flatMap(([, its], place) => its.map(([name]) => [name, place] as const)));
  const scored: (readonly [number, Section])[] = [];
  for (const section of all) {
    const [name, , title, body] = section;
    const [heading, text] = [title.toLowerCase(), body.toLowerCase()];
    let score = -AFTER_GUIDES * Math.max(0, (ranks.get(name) ?? 0) - LAST_GUIDES);
    for (const term of terms) {
      const times = text.split(term).length - 1;
      if (heading.includes(term)) score += 10;
      else if (times === 0) score = Number.NEGATIVE_INFINITY;
      score += Math.min(times, MOST_COUNTED);
    }
    if (score > Number.NEGATIVE_INFINITY) scored.push([score, section]);
  }
  return scored.toSorted(([one], [other]) => other - one).map(([, section]) => section);
}

export interface Part {
  at: number;
  part: string;
  hit: boolean;
}

/** Some of the text around the first word that was looked for, cut where the words are. */
export function excerptOf(body: string, terms: readonly string[]): Part[] {
  const found = terms.map((term) => body.toLowerCase().indexOf(term)).filter((at) => at >= 0);
  const begin = found.length === 0 ? 0 : Math.max(0, Math.min(...found) - BEFORE);
  const from = begin === 0 ? 0 : body.indexOf(' ', begin) + 1;
  const shown = `${from > 0 ? '… ' : ''}${body.slice(from, from + EXCERPT)}${from + EXCERPT < body.length ? '…' : ''}`;
  const words = new RegExp(`(${terms.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|')})`, 'i');
  let at = 0;
  return shown.split(words).map((part, place) => {
    at += part.length;
    return { at: at * 2 + (place % 2), part, hit: place % 2 === 1 };
  });
}
