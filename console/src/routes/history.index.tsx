import { createFileRoute } from '@tanstack/react-router';

import { filtersOf } from '../views/history/filters';
import { History } from '../views/history/history';

export const Route = createFileRoute('/history/')({ validateSearch: filtersOf, component: History });
