import { Link } from '@tanstack/react-router';

import { type Column, DataTable } from '../../components/data-table';
import { numberText } from '../../components/values';
import { ViewLink } from './view-link';
import type { Whole } from './queries';

type Test = NonNullable<Whole['abTest']>;
type Said = NonNullable<NonNullable<Whole['abTestAnswers']>['champion']>;

interface ArmRow {
  arm: 'champion' | 'challenger';
  algorithm: Test['champion'];
  said: Said | null;
  served: boolean;
  request: Whole;
}

const COLUMNS: readonly Column<ArmRow>[] = [
  { key: 'arm', head: 'Arm', cell: ({ arm }) => arm },
  { key: 'algorithm', head: 'Algorithm', cell: ({ algorithm }) => `${algorithm.name} ${algorithm.version}` },
  { key: 'said', head: 'Answer', cell: (row) => <ArmSaid row={row} /> },
  { key: 'right', head: 'Right?', cell: ({ said, request }) => <ArmRight said={said} unit={request.endpoint.unit} /> },
  { key: 'served', head: 'Served', cell: ({ served }) => (served ? 'yes' : 'no') },
];

/** The test that a request belongs to: what both of its algorithms said, and how it ended. */
export function BothArms({ request, test }: { request: Whole; test: Test }) {
  const { abTestAnswers: answers, arm, endpoint } = request;
  const rows: ArmRow[] = (['champion', 'challenger'] as const).map((its) => ({
    arm: its,
    algorithm: test[its],
    said: answers?.[its] ?? null,
    served: arm === its.toUpperCase(),
    request,
  }));
  return (
    <>
      <p>
        <ViewLink to={`/tests/${test.id}`}>{test.title}</ViewLink>{' '}
        <span className="badge">{(test.verdict ?? test.state).toLowerCase().replace('_', ' ')}</span>
      </p>
      <p className="soft">{test.summary}</p>
      <DataTable<ArmRow>
        name="Both arms"
        rows={rows}
        keyOf={(row) => row.arm}
        columns={COLUMNS}
      />
      {answers ? (
        <p>
          <Link to="/history" search={{ endpoint: endpoint.name, test: test.id, arms: ['disagree'] }}>
            Where the two disagree
          </Link>
        </p>
      ) : (
        <p className="hint">In this test only the arm that serves is asked.</p>
      )}
    </>
  );
}

function ArmSaid({ row: { said, served, request } }: { row: ArmRow }) {
  if (!said) return served ? (request.label ?? numberText(request.value)) : 'not asked';
  if (said.failed) return <span className="badge bad">failed</span>;
  return said.label ?? `${numberText(said.value)} ${request.endpoint.unit ?? ''}`;
}

function ArmRight({ said, unit }: { said: Said | null; unit: string | null }) {
  if (said === null || (said.correct === null && said.residual === null)) return '–';
  if (said.correct === null) return `off by ${numberText(Math.abs(said.residual ?? 0))} ${unit ?? ''}`;
  return <span className={said.correct ? 'badge good' : 'badge bad'}>{said.correct ? 'right' : 'wrong'}</span>;
}
