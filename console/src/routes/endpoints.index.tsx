import { createFileRoute } from '@tanstack/react-router';

import { Endpoints } from '../views/endpoints/endpoints';

export const Route = createFileRoute('/endpoints/')({ component: Endpoints });
