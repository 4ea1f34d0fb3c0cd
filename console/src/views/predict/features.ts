/** The texts of the form, and the features that they stand for. */

import { numberText } from '../../components/values';
import type { FormFeature } from './queries';

/** What stands in each field, by the name of the feature; an empty text is a missing value. */
export type Texts = Record<string, string>;

/** The features as `predict` takes them: numbers are numbers, and what is missing is null where null may be sent. */
export function featuresOf(features: readonly FormFeature[], texts: Texts): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const feature of features) {
    const text = texts[feature.name] ?? '';
    if (text !== '' || isText(feature)) found[feature.name] = valueOf(feature, text);
    else if (feature.nullable && feature.required) found[feature.name] = null;
  }
  return found;
}

/** The texts that stand for features, such as an endpoint's example. */
export function textsOf(features: readonly FormFeature[], values: unknown): Texts {
  const given = typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  return Object.fromEntries(features.map(({ name }) => [name, shown(given[name])]));
}

/** What is wrong with a field before anything is sent; null where nothing is. */
export function faultOf(feature: FormFeature, text: string): string | null {
  if (text === '') return feature.nullable || !feature.required || isText(feature) ? null : 'A value is needed.';
  if (feature.type !== 'NUMBER' && feature.type !== 'INTEGER') return null;
  const number = Number(text);
  const { minimum, maximum } = feature;
  const fits =
    Number.isFinite(number) &&
    (feature.type === 'NUMBER' || Number.isInteger(number)) &&
    (minimum === null || number >= minimum) &&
    (maximum === null || number <= maximum);
  return fits ? null : `It must be ${rangeOf(feature)}.`;
}

/** Which numbers a feature takes: “a whole number from 0 to 120”. */
export function rangeOf({ type, minimum, maximum }: FormFeature): string {
  const kind = type === 'INTEGER' ? 'a whole number' : 'a number';
  if (minimum !== null && maximum !== null) return `${kind} from ${shortest(minimum)} to ${shortest(maximum)}`;
  if (minimum !== null) return `${kind} of at least ${shortest(minimum)}`;
  if (maximum !== null) return `${kind} of at most ${shortest(maximum)}`;
  return kind;
}

function shortest(value: number): string {
  return numberText(value, 10);
}

/** Any text may be sent, an empty one too; only null says that it is missing, and a form cannot tell them apart. */
function isText({ type, categories, nullable }: FormFeature): boolean {
  return type === 'CATEGORY' && categories === null && !nullable;
}

function valueOf({ type }: FormFeature, text: string): unknown {
  if (type === 'BOOLEAN') return text === 'true';
  return type === 'CATEGORY' ? text : Number(text);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What stands behind the `#`: a browser never sends it, so that inputs reach no log but the server's own history. */
export function fragmentOf(texts: Texts): string {
  return new URLSearchParams(Object.entries(texts).filter(([, text]) => text !== '')).toString();
}

/** The texts of a fragment; null where there is none, so that the example is filled in. */
export function textsIn(features: readonly FormFeature[], fragment: string): Texts | null {
  if (fragment === '') return null;
  const given = new URLSearchParams(fragment);
  return Object.fromEntries(features.map(({ name }) => [name, given.get(name) ?? '']));
}
