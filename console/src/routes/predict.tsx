import { createFileRoute } from '@tanstack/react-router';

import { asText, asTexts } from '../search';
import { Predict } from '../views/predict/predict';

interface PredictSearch {
  endpoint?: string | undefined;
  /** Of whom it is asked; left out, of whoever serves. */
  of?: string | undefined;
  /** The requests whose answers are shown. */
  asked?: string[] | undefined;
}

export const Route = createFileRoute('/predict')({
  validateSearch: (search): PredictSearch => ({
    endpoint: asText(search['endpoint']),
    of: asText(search['of']),
    asked: asTexts(search['asked']),
  }),
  component: Predict,
});
