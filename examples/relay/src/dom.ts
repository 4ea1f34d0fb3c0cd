import { JSDOM } from 'jsdom';

// A browser's document for the tests: import this before anything that renders.
const { window } = new JSDOM('<!doctype html>', { url: 'http://127.0.0.1/' });
for (const [name, value] of Object.entries({ window, document: window.document, navigator: window.navigator })) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
