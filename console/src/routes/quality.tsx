import { createFileRoute } from '@tanstack/react-router';

import { asOneOf, asText, asTexts } from '../search';
import { type Bucket, BUCKETS, type FigureName, FIGURES } from '../views/quality/choices';
import { asDay, type Day } from '../views/quality/days';
import { Quality } from '../views/quality/quality';

interface QualitySearch {
  endpoint?: string | undefined;
  /** The first and the last day that is shown, in UTC. */
  from?: Day | undefined;
  to?: Day | undefined;
  bucket?: Bucket | undefined;
  figure?: FigureName | undefined;
  /** Whose classes and probabilities are shown: an algorithm's id; left out, those of all together. */
  of?: string | undefined;
  /** The days that drift compares, each period by its first and last. */
  now?: Day[] | undefined;
  reference?: Day[] | undefined;
  /** Whose values are shown: `answers`, `probabilities` or `feature:age`. */
  values?: string | undefined;
}

export const Route = createFileRoute('/quality')({
  validateSearch: (search): QualitySearch => ({
    endpoint: asText(search['endpoint']),
    from: asDay(search['from']),
    to: asDay(search['to']),
    bucket: asOneOf(search['bucket'], BUCKETS),
    figure: asOneOf(search['figure'], FIGURES),
    of: asText(search['of']),
    now: asDays(search['now']),
    reference: asDays(search['reference']),
    values: asText(search['values']),
  }),
  component: Quality,
});

/** A first and a last day; undefined for anything else. */
function asDays(value: unknown): Day[] | undefined {
  const days = asTexts(value)?.map(asDay).filter((day) => day !== undefined);
  return days?.length === 2 ? days : undefined;
}
