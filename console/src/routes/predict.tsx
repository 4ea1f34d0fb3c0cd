import { createFileRoute } from '@tanstack/react-router';

import { asText } from '../search';
import { Predict } from '../views/predict/predict';

export const Route = createFileRoute('/predict')({
  validateSearch: (search): { endpoint?: string | undefined } => ({
    endpoint: asText(search['endpoint']),
  }),
  component: Predict,
});
