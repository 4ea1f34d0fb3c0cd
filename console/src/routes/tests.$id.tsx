import { createFileRoute } from '@tanstack/react-router';

import { asText } from '../search';
import { Test } from '../views/tests/test';

interface TestSearch {
  /** By which feature the predictions are sliced. */
  feature?: string | undefined;
}

export const Route = createFileRoute('/tests/$id')({
  validateSearch: (search): TestSearch => ({ feature: asText(search['feature']) }),
  component: Test,
});
