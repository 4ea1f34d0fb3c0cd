import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { Problem } from './problem';

export type Plot = typeof import('./plot');

export interface ChartProps {
  title: string;
  /** What the chart says, in a sentence: it is all that some visitors get of the picture. */
  summary: string;
  /** Makes the picture for a width in pixels. Keep it stable (useCallback): a new function draws anew. */
  draw: (plot: Plot, width: number) => Element;
  /** The same figures as a `DataTable`. */
  table: ReactNode;
  /** `<AsGraphQL …/>`, and whatever else belongs below the picture. */
  actions?: ReactNode;
}

/** A picture with its figures as a table, one click away. Plot itself is loaded when the first chart is shown. */
export function Chart({ title, summary, draw, table, actions }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const plot = usePlot();
  const [asTable, setAsTable] = useState(false);
  const id = useId();

  useEffect(() => {
    const place = box.current;
    if (!place || !plot.loaded || width === 0 || asTable) return;
    place.replaceChildren(silenced(draw(plot.loaded, width), summary));
  }, [plot.loaded, width, draw, summary, asTable]);

  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <span id={id} className="chart-title">
          {title}
        </span>
        <button type="button" className="small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          As a table
        </button>
      </figcaption>
      <p className="soft">{summary}</p>
      {plot.failed ? (
        <Problem of={{ kind: 'offline', message: 'The part that draws could not be loaded.', code: null, retryAfter: null }} />
      ) : null}
      <div ref={box} className="picture" hidden={asTable} />
      {asTable || plot.failed ? table : null}
      {actions === undefined ? null : <div className="buttons">{actions}</div>}
    </figure>
  );
}

function usePlot(): { loaded: Plot | null; failed: boolean } {
  const [state, setState] = useState<{ loaded: Plot | null; failed: boolean }>({ loaded: null, failed: false });
  useEffect(() => {
    let gone = false;
    import('./plot').then(
      (loaded) => {
        if (!gone) setState({ loaded, failed: false });
      },
      () => {
        if (!gone) setState({ loaded: null, failed: true });
      },
    );
    return () => {
      gone = true;
    };
  }, []);
  return state;
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const place = box.current;
    if (!place) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const found = Math.floor(entry?.contentRect.width ?? 0);
      if (found > 0) setWidth(found);
    });
    observer.observe(place);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

/**
 * Plot writes a style sheet into each picture, which the content security policy refuses: our own style sheet has its
 * rules. For assistive technology the picture is one image, and its sentence says what it shows.
 */
function silenced(made: Element, summary: string): Element {
  for (const style of made.querySelectorAll('style')) style.remove();
  const pictures = made instanceof SVGElement ? [made] : [...made.querySelectorAll(':scope > svg')];
  for (const picture of pictures) {
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', summary);
    for (const part of picture.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    for (const part of picture.querySelectorAll('[aria-description]')) part.removeAttribute('aria-description');
  }
  return made;
}
