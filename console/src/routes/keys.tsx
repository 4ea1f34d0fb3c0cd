import { createFileRoute } from '@tanstack/react-router';

import { asOneOf } from '../search';
import { Keys } from '../views/keys/keys';

interface KeysSearch {
  /** Whether revoked keys are shown, too. */
  revoked?: 'shown' | undefined;
}

export const Route = createFileRoute('/keys')({
  validateSearch: (search): KeysSearch => ({ revoked: asOneOf(search['revoked'], ['shown']) }),
  component: Keys,
});
