import { useMemo, useState } from 'react';
import { useClient } from 'urql';

import { AsGraphQL } from '../../components/copy';
import { DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Problem } from '../../components/problem';
import { Empty } from '../../components/states';
import { numberText } from '../../components/values';
import type { ExportFormat, HistoryRequestsQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { type GraphProblem, problemOf } from '../../graph/problems';
import { beside } from '../../place';
import { type Asking, useAsking } from './asking';
import { ChooseColumns } from './choose-columns';
import { byOf, needInputs, orderOf, shownOf } from './columns';
import { Facets, useFacets } from './facets';
import { whereOf } from './filters';
import { FilterForm } from './form';
import { EXPORT, type FilterEndpoint, FILTERS, REQUESTS, type Row } from './queries';
import { saidOf } from './words';
import './history.css';

const PAGE = 50;

/** Every request that was ever asked, filtered by the server; the address is the question. */
export function History() {
  const known = useAsked(FILTERS, {});
  return (
    <Page title="History" lead="Every prediction that was asked for, with its answer and, once known, the truth.">
      <Loaded of={known} what="the endpoints">
        {({ endpoints, requests }) => <Asked endpoints={endpoints.nodes} stored={requests.totalCount} />}
      </Loaded>
    </Page>
  );
}

function Asked({ endpoints, stored }: { endpoints: FilterEndpoint[]; stored: number }) {
  const asking = useAsking();
  const { filters, named } = asking;
  const endpoint = endpoints.find(({ name, id }) => name === filters.endpoint || id === filters.endpoint);
  // The router hands out the same filters while the address stays; named is made of its hash.
  const { subject, externalId } = named;
  const about = useMemo(() => ({ subject, externalId }), [subject, externalId]);
  const facets = useFacets(filters, about, endpoints, stored);
  const columns = shownOf(filters.columns, endpoint);
  const orderBy = filters.order ?? 'CREATED_AT_DESC';
  const inputs = needInputs(columns);
  const variables = useMemo(
    () => ({
      where: whereOf(filters, about),
      orderBy,
      inputs,
      ...(filters.until === undefined
        ? { first: PAGE, after: filters.after ?? null }
        : { last: PAGE, before: filters.until }),
    }),
    [filters, about, orderBy, inputs],
  );
  const asked = useAsked(REQUESTS, variables);
  const counted = facets.counts?.data?.all;
  const count = counted && `${counted.totalCountIsCapped ? 'more than ' : ''}${numberText(counted.totalCount)}`;
  const counting = facets.counts ? 'Counting…' : 'Not counted';
  return (
    <>
      <Question asking={asking} endpoints={endpoints} />
      <FilterForm key={JSON.stringify([filters, about])} asking={asking} endpoints={endpoints} endpoint={endpoint} />
      <div className="history-page">
        <Facets asking={asking} facets={facets} endpoints={endpoints} />
        <section aria-label="Requests found" className="history-found">
          <div className="history-above">
            <output>{count === undefined ? counting : count === '1' ? '1 request' : `${count} requests`}</output>
            <span className="buttons">
              <ChooseColumns asking={asking} endpoint={endpoint} />
              <Export where={variables.where} />
            </span>
          </div>
          <Loaded of={asked} what="the requests">
            {({ requests }) => (
              <>
                <DataTable<Row>
                  name="Requests"
                  columns={columns}
                  rows={requests.nodes}
                  keyOf={({ id }) => id}
                  order={orderOf(orderBy)}
                  onOrder={(order) => asking.ask({ ...filters, order: byOf(order) })}
                  empty={<Nothing asking={asking} />}
                />
                <Pages of={requests.pageInfo} asking={asking} />
              </>
            )}
          </Loaded>
          <AsGraphQL document={REQUESTS} variables={variables} />
        </section>
      </div>
    </>
  );
}

/** The question in words: each filter can be taken away. Below it, questions that many ask. */
function Question({ asking, endpoints }: { asking: Asking; endpoints: FilterEndpoint[] }) {
  const { filters, named, ask } = asking;
  const said = saidOf(filters, named, endpoints);
  const { endpoint, from, to } = filters;
  const kept = { endpoint, from, to };
  return (
    <section className="history-question" aria-label="The question">
      {said.length === 0 ? (
        <span className="soft">All requests.</span>
      ) : (
        <ul aria-label="Filters">
          {said.map(({ text, filters: left, named: others }) => (
            <li key={text}>
              <button type="button" className="small" aria-label={`Without: ${text}`} onClick={() => ask(left, others)}>
                {text} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
          <li>
            <button type="button" className="small" onClick={() => ask({ columns: filters.columns }, {})}>
              All requests
            </button>
          </li>
        </ul>
      )}
      <span className="buttons history-often">
        <span className="soft small">Often asked:</span>
        <button type="button" className="small" onClick={() => ask({ ...kept, right: 'no', order: 'CONFIDENCE_DESC' }, {})}>
          Surest mistakes
        </button>
        <button
          type="button"
          className="small"
          onClick={() => ask({ ...kept, known: 'no', outcome: 'OK', order: 'CONFIDENCE_ASC' }, {})}
        >
          Least sure, truth unknown
        </button>
        <button type="button" className="small" onClick={() => ask({ ...kept, known: 'yes', order: 'ERROR_DESC' }, {})}>
          Largest errors
        </button>
        <button type="button" className="small" onClick={() => ask({ ...kept, outcome: 'ERROR' }, {})}>
          Failures
        </button>
      </span>
    </section>
  );
}

function Nothing({ asking }: { asking: Asking }) {
  const { filters, named, ask } = asking;
  if (saidOf(filters, named, []).length === 0 && filters.after === undefined) {
    return <Empty title="Nobody has asked for a prediction yet.">Ask for one in “Predict”: it stands here at once.</Empty>;
  }
  return (
    <Empty title="No request fits all these filters.">
      <button type="button" onClick={() => ask({}, {})}>
        Show all requests
      </button>
    </Empty>
  );
}

type PageInfo = HistoryRequestsQuery['requests']['pageInfo'];

function Pages({ of, asking }: { of: PageInfo; asking: Asking }) {
  const { filters, show } = asking;
  const first = filters.after === undefined && filters.until === undefined;
  const before = filters.until === undefined ? !first : of.hasPreviousPage;
  const behind = filters.until === undefined ? of.hasNextPage : true;
  if (first && !behind) return null;
  return (
    <nav aria-label="Pages" className="buttons history-pages">
      <button type="button" disabled={first} onClick={() => show({ after: undefined, until: undefined })}>
        First page
      </button>
      <button
        type="button"
        disabled={!before || !of.startCursor}
        onClick={() => show({ after: undefined, until: of.startCursor ?? undefined })}
      >
        Page before
      </button>
      <button
        type="button"
        disabled={!behind || !of.endCursor}
        onClick={() => show({ after: of.endCursor ?? undefined, until: undefined })}
      >
        Next page
      </button>
    </nav>
  );
}

/** The whole list as a file. The link is asked for when it is wanted: it works for minutes only. */
function Export({ where }: { where: ReturnType<typeof whereOf> }) {
  const client = useClient();
  const [problem, setProblem] = useState<GraphProblem | null>(null);
  async function fetchAs(format: ExportFormat) {
    setProblem(null);
    const { data, error } = await client.query(EXPORT, { where, format }, { requestPolicy: 'network-only' }).toPromise();
    if (error) setProblem(problemOf(error));
    else if (data) window.location.assign(beside(data.requests.exportUrl.replace(/^\//, '')));
  }
  return (
    <>
      <button type="button" className="small" onClick={() => void fetchAs('CSV')}>
        Export as CSV
      </button>
      <button type="button" className="small" onClick={() => void fetchAs('NDJSON')}>
        Export as NDJSON
      </button>
      {problem ? <Problem of={problem} /> : null}
    </>
  );
}
