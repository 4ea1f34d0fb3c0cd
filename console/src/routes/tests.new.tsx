import { createFileRoute } from '@tanstack/react-router';

import { asText } from '../search';
import { NewTest } from '../views/tests/new';

export const Route = createFileRoute('/tests/new')({
  validateSearch: (search): { endpoint?: string | undefined } => ({ endpoint: asText(search['endpoint']) }),
  component: NewTest,
});
