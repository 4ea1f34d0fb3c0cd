import { createFileRoute } from '@tanstack/react-router';

import { asOneOf, asText } from '../search';
import { Tests } from '../views/tests/list';
import { STATES, type State } from '../views/tests/words';

interface TestsSearch {
  endpoint?: string | undefined;
  state?: State | undefined;
  /** Behind which place of the list this page begins. */
  after?: string | undefined;
}

export const Route = createFileRoute('/tests/')({
  validateSearch: (search): TestsSearch => ({
    endpoint: asText(search['endpoint']),
    state: asOneOf(search['state'], STATES),
    after: asText(search['after']),
  }),
  component: Tests,
});
