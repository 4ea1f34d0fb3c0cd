import { createFileRoute } from '@tanstack/react-router';

import { OneEndpoint } from '../views/endpoints/endpoint';

export const Route = createFileRoute('/endpoints/$name')({ component: OneEndpoint });
