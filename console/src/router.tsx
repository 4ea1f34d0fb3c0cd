import { createRouter } from '@tanstack/react-router';

import { Broken, Nowhere } from './components/states';
import { CONSOLE } from './place';
import { routeTree } from './routeTree.gen';
import { parseSearch, stringifySearch } from './search';

export const router = createRouter({
  routeTree,
  basepath: CONSOLE,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: Nowhere,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
