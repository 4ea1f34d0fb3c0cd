import type { Asking } from './asking';
import { choicesOf, shownOf } from './columns';
import type { FilterEndpoint } from './queries';

/** Which columns the table has; of one endpoint, its features can be among them. */
export function ChooseColumns({ asking, endpoint }: { asking: Asking; endpoint: FilterEndpoint | undefined }) {
  const { filters, show } = asking;
  const shown = new Set(shownOf(filters.columns, endpoint).map(({ key }) => key));
  const turn = (key: string, on: boolean) => {
    const columns = choicesOf(endpoint)
      .map((column) => column.key)
      .filter((one) => (one === key ? on : shown.has(one)));
    show({ columns: columns.length > 0 ? columns : undefined });
  };
  return (
    <details className="history-columns">
      <summary className="small">Columns</summary>
      <fieldset className="panel">
        <legend className="hidden-text">Columns of the table</legend>
        {choicesOf(endpoint).map(({ key, head }) => (
          <label key={key}>
            <input type="checkbox" checked={shown.has(key)} onChange={(event) => turn(key, event.target.checked)} /> {head}
          </label>
        ))}
        {endpoint ? null : <p className="hint">Choose an endpoint to see its features.</p>}
        {filters.columns ? (
          <button type="button" className="small" onClick={() => show({ columns: undefined })}>
            The usual ones
          </button>
        ) : null}
      </fieldset>
    </details>
  );
}
