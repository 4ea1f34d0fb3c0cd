import { type ReactNode, useMemo, useState } from 'react';

import { AsGraphQL } from '../../components/copy';
import { Loaded } from '../../components/loaded';
import { numberText } from '../../components/values';
import type { HistoryFacetsQuery, HistoryValueFacetsQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import type { Asking } from './asking';
import { type Filters, type Named, whereOf } from './filters';
import { FACETS, type FilterEndpoint, VALUE_FACETS } from './queries';

/** Of so many requests and fewer, everything is counted while one looks. */
const FEW = 200_000;
/** What summaries know: whatever else is asked, each request is looked at to count them. */
const SUMMED = new Set<string>(['endpoint', 'algorithm', 'from', 'to', 'order', 'columns', 'after', 'until']);
const DAY = /^\d{4}-\d\d-\d\d$/;
const WIDE = '(min-width: 60rem)';

/**
 * Each choice asks for its counts without itself: what else could be chosen. What takes seconds over a long history is
 * counted when it is wanted; `stored` is how long it is.
 */
export function useFacets(filters: Filters, named: Named, endpoints: readonly FilterEndpoint[], stored: number) {
  const [wanted, setWanted] = useState<object>();
  const asked = useMemo(() => {
    const without = (...names: (keyof Filters)[]) =>
      whereOf({ ...filters, ...Object.fromEntries(names.map((name) => [name, undefined])) }, named);
    const its = endpoints.filter(({ name }) => filters.endpoint === undefined || name === filters.endpoint);
    return {
      counts: {
        where: whereOf(filters, named),
        endpoints: without('endpoint'),
        outcomes: without('outcome'),
        algorithms: without('algorithm'),
        truths: without('right', 'known'),
      },
      values: {
        labels: without('label'),
        tests: without('test', 'arm', 'arms'),
        withLabels: its.some(({ kind }) => kind !== 'REGRESSOR'),
        withTests: its.some(({ abTests }) => abTests.nodes.length > 0),
      },
    };
  }, [filters, named, endpoints]);
  const now = stored <= FEW || wanted === asked;
  const pauseCounts = !now && !isSummed(filters, named);
  const counts = useAsked(FACETS, asked.counts, { pause: pauseCounts });
  const all = pauseCounts ? undefined : counts.data?.all;
  const few = all !== undefined && !counts.fetching && !all.totalCountIsCapped && all.totalCount <= FEW;
  const pauseValues = !now && !few;
  const values = useAsked(VALUE_FACETS, asked.values, { pause: pauseValues });
  return {
    variables: asked,
    counts: pauseCounts ? null : counts,
    values: pauseValues ? null : values,
    stored,
    count: () => setWanted(asked),
  };
}

function isSummed(filters: Filters, named: Named): boolean {
  const asked = Object.entries(filters).filter(([name, value]) => value !== undefined && !SUMMED.has(name));
  const days = [filters.from, filters.to].every((one) => one === undefined || DAY.test(one));
  return asked.length === 0 && days && named.subject === undefined && named.externalId === undefined;
}

interface FacetsProps {
  asking: Asking;
  facets: ReturnType<typeof useFacets>;
  endpoints: readonly FilterEndpoint[];
}

/** How many requests each choice has; a click chooses it, another one lets it go. */
export function Facets({ asking, facets, endpoints }: FacetsProps) {
  const [wide] = useState(() => window.matchMedia(WIDE).matches);
  return (
    <aside className="history-facets" aria-label="Counts">
      <details open={wide}>
        <summary>Counts</summary>
        {facets.counts ? (
          <Loaded of={facets.counts} what="the counts">
            {(data) => <Groups data={data} asking={asking} endpoints={endpoints} />}
          </Loaded>
        ) : null}
        {facets.values ? (
          <Loaded of={facets.values} what="the counts of answers and tests">
            {(data) => <Values data={data} asking={asking} />}
          </Loaded>
        ) : (
          <div className="history-uncounted">
            <button type="button" onClick={facets.count}>
              {facets.counts ? 'Count answers and tests' : 'Count them'}
            </button>
            <p className="hint">No summary knows these: {numberText(facets.stored)} requests are looked through, which takes seconds.</p>
          </div>
        )}
        <AsGraphQL document={FACETS} variables={facets.variables.counts} />
      </details>
    </aside>
  );
}

interface Choice {
  key: string;
  text: string;
  count: number;
  chosen: boolean;
  /** The filters after a click. */
  next: Filters;
}

function Groups({ data, asking, endpoints: shown }: Omit<FacetsProps, 'facets'> & { data: HistoryFacetsQuery }) {
  const { filters } = asking;
  // Endpoints may have algorithms of the same name.
  const ofWhich = (id: string) =>
    filters.endpoint ? '' : ` (${shown.find((one) => one.algorithms.nodes.some((its) => its.id === id))?.name ?? ''})`;
  const truth = (key: string, text: string, correct: boolean | null): Choice => {
    const count = data.truths.groupedAggregates.groups.find((group) => group.correct === correct)?.aggregate.count ?? 0;
    const chosen = correct === null ? filters.known === 'no' : filters.right === (correct ? 'yes' : 'no');
    const right = correct === null ? undefined : correct ? 'yes' : 'no';
    const known = correct === null ? 'no' : undefined;
    return {
      key,
      text,
      count,
      chosen,
      next: chosen ? { ...filters, right: undefined, known: undefined } : { ...filters, right, known },
    };
  };
  const endpoints = data.endpoints.groupedAggregates.groups.flatMap(({ endpoint, aggregate }): Choice[] => {
    if (!endpoint) return [];
    const chosen = filters.endpoint === endpoint.name;
    // What belongs to an endpoint goes with it.
    const kept = { order: filters.order, outcome: filters.outcome, from: filters.from, to: filters.to, right: filters.right };
    return [
      {
        key: endpoint.id,
        text: endpoint.name,
        count: aggregate.count,
        chosen,
        next: { ...kept, known: filters.known, endpoint: chosen ? undefined : endpoint.name },
      },
    ];
  });
  const outcomes = data.outcomes.groupedAggregates.groups.flatMap(({ outcome, aggregate }): Choice[] => {
    if (!outcome) return [];
    const chosen = filters.outcome === outcome;
    const text = outcome === 'OK' ? 'answered' : 'failed';
    return [{ key: outcome, text, count: aggregate.count, chosen, next: { ...filters, outcome: chosen ? undefined : outcome } }];
  });
  const algorithms = data.algorithms.groupedAggregates.groups.flatMap(({ algorithm, aggregate }): Choice[] => {
    if (!algorithm) return [];
    const { id, name, version } = algorithm;
    return [{ key: id, text: `${name} ${version}${ofWhich(id)}`, count: aggregate.count, ...toggled(filters, 'algorithm', id) }];
  });
  const truths = [truth('right', 'right', true), truth('wrong', 'wrong', false), truth('open', 'not scored', null)];
  return (
    <>
      <Facet title="Endpoint" choices={endpoints} asking={asking} />
      <Facet title="Right or wrong" choices={truths.filter(({ count, chosen }) => count > 0 || chosen)} asking={asking} />
      <Facet title="Algorithm" choices={algorithms} asking={asking} />
      <Facet title="Outcome" choices={outcomes} asking={asking} />
    </>
  );
}

function Values({ data, asking }: { data: HistoryValueFacetsQuery; asking: Asking }) {
  const { filters } = asking;
  const labels = (data.labels?.groupedAggregates.groups ?? []).flatMap(({ label, aggregate }): Choice[] =>
    label === null ? [] : [{ key: label, text: label, count: aggregate.count, ...toggled(filters, 'label', label) }],
  );
  const tests = (data.tests?.groupedAggregates.groups ?? []).flatMap(({ abTest, aggregate }): Choice[] => {
    if (!abTest) return [];
    const chosen = filters.test === abTest.id;
    const next = { ...filters, test: chosen ? undefined : abTest.id, arms: undefined, arm: undefined };
    return [{ key: abTest.id, text: abTest.title, count: aggregate.count, chosen, next }];
  });
  return (
    <>
      <Facet title="Answer" choices={labels} asking={asking} />
      <Facet title="Test" choices={tests} asking={asking} />
    </>
  );
}

/** A value of a list, chosen or not, and the filters when that is turned round. */
function toggled(filters: Filters, name: 'algorithm' | 'label', value: string): { chosen: boolean; next: Filters } {
  const now = filters[name] ?? [];
  const chosen = now.includes(value);
  const values = chosen ? now.filter((one) => one !== value) : [...now, value];
  return { chosen, next: { ...filters, [name]: values.length > 0 ? values : undefined } };
}

function Facet({ title, choices, asking }: { title: string; choices: Choice[]; asking: Asking }): ReactNode {
  if (choices.length === 0) return null;
  const most = Math.max(1, ...choices.map(({ count }) => count));
  return (
    <fieldset>
      <legend>{title}</legend>
      <ul>
        {choices.map(({ key, text, count, chosen, next }) => (
          <li key={key}>
            <button type="button" aria-pressed={chosen} onClick={() => asking.ask(next)}>
              <span>
                <span aria-hidden="true">{chosen ? '✓ ' : ''}</span>
                {text}
              </span>
              <span className="figure">{numberText(count)}</span>
              <span className="history-share" aria-hidden="true" style={{ width: `${(count / most) * 100}%` }} />
            </button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
