import { createFileRoute } from '@tanstack/react-router';

import { Document } from '../views/documents/document';

export const Route = createFileRoute('/documents/$')({ component: Document });
