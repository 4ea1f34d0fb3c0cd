import { type ReactNode, useMemo, useState } from 'react';

export interface Column<Row> {
  /** Names the column, and is what an order is by. */
  key: string;
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  /** What the table itself sorts by. Leave it out where the server sorts. */
  value?: (row: Row) => string | number | null | undefined;
  /** Whether its head sorts, where the server does it. */
  sortable?: boolean;
  /** Figures stand at the right. */
  numeric?: boolean;
}

export interface Order {
  by: string;
  down: boolean;
}

export interface DataTableProps<Row> {
  /** Names the table for those who do not see it. */
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The order that the server has sorted by, and how to ask for another: else the table sorts what it has. */
  order?: Order | undefined;
  onOrder?: (order: Order) => void;
  /** What stands there when there are no rows. */
  empty?: ReactNode;
  /** Marks a row, such as one that just came. */
  markOf?: (row: Row) => string | undefined;
}

/** Rows and columns, in a box of its own that scrolls where the window is narrow. The first column heads its row. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { name, columns, rows, keyOf, onOrder, empty, markOf } = props;
  const [own, setOwn] = useState<Order | undefined>(undefined);
  const order = onOrder ? props.order : (own ?? props.order);
  const shown = useMemo(() => (onOrder ? rows : sorted(rows, columns, order)), [rows, columns, order, onOrder]);
  const turn = onOrder ?? setOwn;
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    <section className="scroll" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} order={order} turn={turn} byServer={onOrder !== undefined} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={keyOf(row)} data-mark={markOf?.(row)}>
              {columns.map((column, place) =>
                place === 0 ? (
                  <th key={column.key} scope="row" className={column.numeric ? 'numeric' : undefined}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} className={column.numeric ? 'numeric' : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeadProps<Row> {
  column: Column<Row>;
  order: Order | undefined;
  turn: (order: Order) => void;
  byServer: boolean;
}

function Head<Row>({ column, order, turn, byServer }: HeadProps<Row>) {
  const sorts = byServer ? column.sortable === true : column.value !== undefined;
  const down = order?.by === column.key ? order.down : undefined;
  const sort = down === undefined ? (sorts ? 'none' : undefined) : down ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={sort} className={column.numeric ? 'numeric' : undefined}>
      {sorts ? (
        <button type="button" onClick={() => turn({ by: column.key, down: down === undefined ? true : !down })}>
          {column.head} <span aria-hidden="true">{down === undefined ? '↕' : down ? '↓' : '↑'}</span>
        </button>
      ) : (
        column.head
      )}
    </th>
  );
}

function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | undefined): readonly Row[] {
  const value = columns.find((column) => column.key === order?.by)?.value;
  if (!order || !value) return rows;
  const sign = order.down ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [value(one), value(other)];
    // What is not known stands at the end, whichever way one sorts.
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
    if (b === null || b === undefined) return -1;
    if (typeof a === 'string' || typeof b === 'string') return sign * String(a).localeCompare(String(b));
    return sign * (a - b);
  });
}
