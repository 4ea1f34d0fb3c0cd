import { Link } from '@tanstack/react-router';

import type { Column, Order } from '../../components/data-table';
import { durationText, numberText, percentText, Time } from '../../components/values';
import type { RequestOrderBy } from '../../gql/graphql';
import type { FilterEndpoint, Row } from './queries';

const INPUT = 'input.';
export const USUAL: readonly string[] = ['createdAt', 'answer', 'confidence', 'feedback', 'right', 'algorithm', 'endpoint'];
/** What the server sorts by, of each column. */
const SORTS: Record<string, string> = {
  createdAt: 'CREATED_AT',
  feedbackAt: 'FEEDBACK_AT',
  probability: 'PROBABILITY',
  confidence: 'CONFIDENCE',
  answer: 'VALUE',
  residual: 'ERROR',
};

const ALL: readonly Column<Row>[] = [
  { key: 'createdAt', head: 'Asked', sortable: true, cell: (row) => <Time at={row.createdAt} /> },
  { key: 'answer', head: 'Answer', sortable: true, cell: (row) => <Answer of={row} /> },
  { key: 'confidence', head: 'Confidence', sortable: true, numeric: true, cell: (row) => percentText(row.confidence) },
  { key: 'probability', head: 'Probability', sortable: true, numeric: true, cell: (row) => percentText(row.probability) },
  { key: 'feedback', head: 'Truth', cell: (row) => row.feedback ?? '–' },
  { key: 'right', head: 'Right?', cell: (row) => <Right of={row} /> },
  {
    key: 'algorithm',
    head: 'Algorithm',
    cell: ({ algorithm }) => (algorithm ? `${algorithm.name} ${algorithm.version}` : '–'),
  },
  { key: 'endpoint', head: 'Endpoint', cell: (row) => row.endpoint.name },
  { key: 'residual', head: 'Off by', sortable: true, numeric: true, cell: (row) => numberText(row.residual) },
  { key: 'feedbackAt', head: 'Truth given', sortable: true, cell: (row) => <Time at={row.feedbackAt} /> },
  { key: 'test', head: 'Test', cell: (row) => row.abTest?.title ?? '–' },
  { key: 'arm', head: 'Arm', cell: (row) => row.arm?.toLowerCase() ?? '–' },
  { key: 'latency', head: 'Took', numeric: true, cell: (row) => durationText(row.latency) },
  { key: 'subject', head: 'Subject', cell: (row) => row.subject ?? '–' },
  { key: 'externalId', head: 'External id', cell: (row) => row.externalId ?? '–' },
  { key: 'message', head: 'Message', cell: (row) => row.message ?? '–' },
];

const FIRST: Column<Row> = {
  key: 'request',
  head: 'Request',
  cell: ({ requestId }) => (
    <Link to="/history/$id" params={{ id: requestId }}>
      {requestId}
    </Link>
  ),
};

/** Every column that can be shown: of one endpoint, its features as well. */
export function choicesOf(endpoint: FilterEndpoint | undefined): Column<Row>[] {
  const features = (endpoint?.features ?? []).map(
    ({ name, type }): Column<Row> => ({
      key: INPUT + name,
      head: name,
      numeric: type === 'NUMBER' || type === 'INTEGER',
      cell: (row) => inputText(row, name),
    }),
  );
  return [...ALL, ...features];
}

/** The columns that are shown, in their own order. */
export function shownOf(chosen: readonly string[] | undefined, endpoint: FilterEndpoint | undefined): Column<Row>[] {
  const names = new Set(chosen ?? USUAL.filter((name) => name !== 'endpoint' || !endpoint));
  const shown = choicesOf(endpoint).filter(({ key }) => names.has(key));
  return [FIRST, ...shown];
}

export function needInputs(columns: readonly Column<Row>[]): boolean {
  return columns.some(({ key }) => key.startsWith(INPUT));
}

/** The order of the list as the table shows it. */
export function orderOf(by: RequestOrderBy): Order {
  const down = by.endsWith('_DESC');
  const name = by.replace(/_(DESC|ASC)$/, '');
  return { by: Object.keys(SORTS).find((key) => SORTS[key] === name) ?? '', down };
}

export function byOf({ by, down }: Order): RequestOrderBy {
  const name = SORTS[by] ?? 'CREATED_AT';
  // Truths come newest first only.
  return (name === 'FEEDBACK_AT' ? 'FEEDBACK_AT_DESC' : `${name}_${down ? 'DESC' : 'ASC'}`) as RequestOrderBy;
}

function Answer({ of }: { of: Row }) {
  if (of.outcome === 'ERROR') return <span className="badge bad">failed</span>;
  return of.label ?? `${numberText(of.value)} ${of.endpoint.unit ?? ''}`;
}

function Right({ of }: { of: Row }) {
  if (of.correct === null) return of.residual === null ? '–' : `off by ${numberText(Math.abs(of.residual))}`;
  return <span className={of.correct ? 'badge good' : 'badge bad'}>{of.correct ? 'right' : 'wrong'}</span>;
}

function inputText(row: Row, name: string): string {
  if (row.maskedFeatures?.includes(name)) return 'hidden';
  const input = row.input as Record<string, unknown> | null | undefined;
  return valueText(input?.[name]);
}

/** A value of an input as a person writes it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : typeof value === 'number' ? numberText(value, 6) : JSON.stringify(value);
}
