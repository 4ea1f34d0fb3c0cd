/**
 * What an address says behind its `?`: texts, and lists of texts where a name comes several times.
 *
 * The router's own way writes JSON, which is hard to read, and reads long ids as numbers that lose digits.
 */

export type Search = Record<string, string | string[] | undefined>;

export function parseSearch(text: string): Search {
  const found: Search = {};
  const given = new URLSearchParams(text);
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    found[name] = values.length > 1 ? values : values[0];
  }
  return found;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') given.append(name, String(one));
    }
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

/** One text; undefined where there is none. For a route's `validateSearch`. */
export function asText(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? String(one) || undefined : undefined;
}

/** A list of texts; undefined where there is none. */
export function asTexts(value: unknown): string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value]).map(asText).filter((one) => one !== undefined);
  return texts.length > 0 ? texts : undefined;
}

/** One of these texts; undefined for any other. */
export function asOneOf<const Text extends string>(value: unknown, texts: readonly Text[]): Text | undefined {
  const found = asText(value);
  return texts.find((one) => one === found);
}

/** A finite number; undefined for anything else. */
export function asNumber(value: unknown): number | undefined {
  const text = asText(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}
