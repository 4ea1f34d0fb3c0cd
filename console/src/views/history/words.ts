import type { FilterEndpoint } from './queries';
import { type ArmsSaid, featureOf, type Filters, type Named, rangeOf } from './filters';

/** One filter that holds, in words, and what is left without it. */
export interface Said {
  text: string;
  filters: Filters;
  named: Named;
}

export const ARMS_WORDS: Record<ArmsSaid, string> = {
  disagree: 'The arms disagree',
  agree: 'The arms agree',
  championRight: 'Champion right',
  championWrong: 'Champion wrong',
  challengerRight: 'Challenger right',
  challengerWrong: 'Challenger wrong',
};

/** Every filter that holds, in words. */
export function saidOf(filters: Filters, named: Named, endpoints: readonly FilterEndpoint[]): Said[] {
  const said: Said[] = [];
  const one = (name: keyof Filters, text: string) => said.push({ text, named, filters: { ...filters, [name]: undefined } });
  const each = (name: 'algorithm' | 'label' | 'feedback' | 'feature' | 'arms', word: (value: string) => string) => {
    for (const value of filters[name] ?? []) {
      const left = (filters[name] ?? []).filter((other) => other !== value);
      said.push({ text: word(value), named, filters: { ...filters, [name]: left.length > 0 ? left : undefined } });
    }
  };
  const algorithms = new Map(endpoints.flatMap(({ algorithms: { nodes } }) => nodes.map((its) => [its.id, its] as const)));
  const tests = new Map(endpoints.flatMap(({ abTests: { nodes } }) => nodes.map((its) => [its.id, its.title] as const)));
  if (filters.endpoint) one('endpoint', `Endpoint ${filters.endpoint}`);
  each('algorithm', (id) => {
    const its = algorithms.get(id);
    return its ? `By ${its.name} ${its.version}` : `By algorithm ${id}`;
  });
  if (filters.test) one('test', `Test “${tests.get(filters.test) ?? filters.test}”`);
  if (filters.arm) one('arm', `Served by the ${filters.arm.toLowerCase()}`);
  each('arms', (value) => ARMS_WORDS[value as ArmsSaid]);
  if (filters.outcome) one('outcome', filters.outcome === 'OK' ? 'Answered' : 'Failed');
  if (filters.fault) one('fault', filters.fault === 'CALLER' ? 'By the caller’s fault' : 'By the algorithm’s fault');
  each('label', (value) => `Answer ${value}`);
  each('feedback', (value) => `Truth ${value}`);
  if (filters.known) one('known', filters.known === 'yes' ? 'Truth known' : 'Truth not known');
  if (filters.right) one('right', filters.right === 'yes' ? 'Right' : 'Wrong');
  if (filters.from) one('from', `From ${filters.from}`);
  if (filters.to) one('to', `To ${filters.to}`);
  for (const [name, word] of RANGES) if (filters[name]) one(name, `${word} ${rangeWords(filters[name])}`);
  if (filters.message) one('message', `Message has “${filters.message}”`);
  each('feature', (text) => {
    const [name, value] = featureOf(text);
    return `${name} ${rangeOf(value) ? rangeWords(value) : value}`;
  });
  if (named.subject) said.push({ text: `Subject ${named.subject}`, filters, named: { ...named, subject: undefined } });
  if (named.externalId) {
    said.push({ text: `External id ${named.externalId}`, filters, named: { ...named, externalId: undefined } });
  }
  return said;
}

export const RANGES = [
  ['confidence', 'Confidence'],
  ['probability', 'Probability'],
  ['value', 'Value'],
  ['latency', 'Latency (ms)'],
] as const;

function rangeWords(text: string): string {
  const { min, max } = rangeOf(text) ?? {};
  if (min === undefined) return `up to ${max}`;
  return max === undefined ? `from ${min}` : min === max ? String(min) : `${min} to ${max}`;
}
