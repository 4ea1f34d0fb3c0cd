import { createFileRoute } from '@tanstack/react-router';

import { Lineage } from '../views/history/lineage';

export const Route = createFileRoute('/history/$id')({ component: Lineage });
