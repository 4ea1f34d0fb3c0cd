import { createRootRoute } from '@tanstack/react-router';

import { Frame } from '../shell/frame';

export const Route = createRootRoute({ component: Frame });
