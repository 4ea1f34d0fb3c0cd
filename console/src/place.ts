/** Where the server shows the console, and what lies beside it: a proxy may put any prefix before them. */

const META = document.querySelector<HTMLMetaElement>('meta[name="console-base"]');

/** The path of the console with a slash at its end, such as `/console/`. */
export const CONSOLE = META?.content ?? '/console/';

const ROOT = CONSOLE.slice(0, CONSOLE.lastIndexOf('console/'));

/** The address of something else on the same server, such as `graphql` or `docs/errors.md`. */
export function beside(path: string): string {
  return ROOT + path;
}

/** The same as an address that works elsewhere, for what is copied. */
export function absolute(path: string): string {
  return new URL(beside(path), window.location.origin).toString();
}
