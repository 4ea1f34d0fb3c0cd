import { useId } from 'react';

import { asDay, type Day } from './days';

interface BetweenProps {
  /** What the days are of: it is said before “from” and “to”. */
  name: string;
  from: Day;
  to: Day;
  onChange: (days: { from: Day; to: Day }) => void;
}

/** Two days, both in it, of UTC. */
export function Between({ name, from, to, onChange }: BetweenProps) {
  const id = useId();
  return (
    <fieldset className="quality-between">
      <legend>
        {name} <span className="hint">UTC, both included</span>
      </legend>
      <span className="quality-days">
        <label htmlFor={`${id}-from`} className="hidden-text">
          {name}: first day
        </label>
        <input
          id={`${id}-from`}
          type="date"
          value={from}
          max={to}
          required
          onChange={(event) => {
            const day = asDay(event.target.value);
            if (day !== undefined) onChange({ from: day, to: day > to ? day : to });
          }}
        />
        <span aria-hidden="true">–</span>
        <label htmlFor={`${id}-to`} className="hidden-text">
          {name}: last day
        </label>
        <input
          id={`${id}-to`}
          type="date"
          value={to}
          min={from}
          required
          onChange={(event) => {
            const day = asDay(event.target.value);
            if (day !== undefined) onChange({ from: day < from ? day : from, to: day });
          }}
        />
      </span>
    </fieldset>
  );
}
