import { createFileRoute } from '@tanstack/react-router';

import { asText } from '../search';
import { Documents } from '../views/documents/documents';

interface DocumentsSearch {
  /** What is looked for in them. */
  find?: string | undefined;
}

export const Route = createFileRoute('/documents/')({
  validateSearch: (search): DocumentsSearch => ({ find: asText(search['find']) }),
  component: Documents,
});
