import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';

import { asText, parseSearch, stringifySearch } from '../../search';
import type { Filters, Named } from './filters';

const ROUTE = getRouteApi('/history/');

export interface Asking {
  filters: Filters;
  named: Named;
  /** Asks anew, from the first page. */
  ask: (filters: Filters, named?: Named) => void;
  /** Goes to a page, or shows other columns: the question stays. */
  show: (part: Filters) => void;
}

/** The question that the address holds, and how to ask another one: each is a step that "back" undoes. */
export function useAsking(): Asking {
  const filters = ROUTE.useSearch();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const behind = parseSearch(hash);
  const named: Named = { subject: asText(behind['subject']), externalId: asText(behind['externalId']) };
  const ask = useCallback(
    (asked: Filters, about?: Named) => {
      void navigate({
        to: '/history',
        search: { ...asked, after: undefined, until: undefined },
        hash: about === undefined ? true : stringifySearch({ ...about }).slice(1),
      });
    },
    [navigate],
  );
  const show = useCallback(
    (part: Filters) => {
      void navigate({ to: '/history', search: (now) => ({ ...now, ...part }), hash: true });
    },
    [navigate],
  );
  return { filters, named, ask, show };
}
