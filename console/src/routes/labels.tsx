import { createFileRoute } from '@tanstack/react-router';

import { asText } from '../search';
import { Labels } from '../views/labels/labels';

interface LabelsSearch {
  /** A paired test: its disagreements are asked for. */
  test?: string | undefined;
  /** An endpoint: the answers that it was least sure of are asked for. */
  endpoint?: string | undefined;
  /** Behind which place of the queue it goes on, when all before it were skipped. */
  after?: string | undefined;
}

export const Route = createFileRoute('/labels')({
  validateSearch: (search): LabelsSearch => ({
    test: asText(search['test']),
    endpoint: asText(search['endpoint']),
    after: asText(search['after']),
  }),
  component: Labels,
});
