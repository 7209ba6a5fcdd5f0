// Lines over the last seconds, by uPlot. The axes stand still and the lines move.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useColors } from './use-colors.js';

export interface PlotSeries {
  readonly label: string;
  /** A custom property of theme.css. */
  readonly color: `--${string}`;
  /** Fills the area below the line, or draws bars. */
  readonly look?: 'line' | 'area' | 'bars';
}

export interface PlotProps {
  /** What is shown, for those who do not see it. */
  readonly label: string;
  readonly series: readonly PlotSeries[];
  /** Moments in ms, ascending; the last one is at the right edge. */
  readonly at: readonly number[];
  /** One list of values per series. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly windowMs: number;
  readonly unit?: string;
  readonly height?: number;
  /** false: no axes, for a plot the size of a word. */
  readonly axes?: boolean;
  /** Plots with the same key show their pointer together. */
  readonly together?: string;
  /** Called with the place under the pointer, null when it leaves. */
  readonly onHover?: (index: number | null) => void;
}

const FONT = '12px system-ui, sans-serif';

/** The next round number of few: a scale that seldom changes. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  for (const step of [1, 1.5, 2, 3, 4, 6, 8]) if (value <= step * power) return step * power;
  return 10 * power;
}

const fade = (color: string, share: number): string => `color-mix(in srgb, ${color} ${share * 100}%, transparent)`;

export function Plot(props: PlotProps): React.JSX.Element {
  const { label, series, at, values, windowMs, unit = '', height = 180, axes = true, together = '', onHover } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const hover = useRef(onHover);
  const data = useRef<uPlot.AlignedData>([[]]);
  const colors = useColors();
  const shape = JSON.stringify([series, unit, axes, together]);

  useEffect(() => {
    hover.current = onHover;
  }, [onHover]);

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const [shownSeries, shownUnit, withAxes, key] = JSON.parse(shape) as [PlotSeries[], string, boolean, string];
    const made = new uPlot(
      optionsOf(shownSeries, shownUnit, withAxes, key, colors, element, (index) => hover.current?.(index)),
      data.current,
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, colors]);

  useEffect(() => {
    const last = at.at(-1) ?? 0;
    data.current = [at.map((each) => (each - last) / 1_000), ...values.map((each) => [...each])];
    const { current } = plot;
    if (!current) return;
    current.batch(() => {
      current.setData(data.current, true);
      current.setScale('x', { min: -windowMs / 1_000, max: 0 });
    });
  }, [at, values, windowMs, shape, colors]);

  return (
    <div
      className="plot"
      ref={box}
      role="img"
      aria-label={label}
      style={{ '--plot-height': `${height}px` } as React.CSSProperties}
    />
  );
}

function optionsOf(
  series: readonly PlotSeries[],
  unit: string,
  axes: boolean,
  together: string,
  color: (name: string) => string,
  element: HTMLElement,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const axis = { stroke: color('--ink-soft'), font: FONT, ticks: { show: false } };
  const grid = { stroke: color('--line'), width: 1 };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    padding: axes ? [8, 16, 0, 0] : [2, 2, 2, 2],
    cursor: {
      show: axes,
      drag: { x: false, y: false },
      points: { size: 7 },
      y: false,
      ...(together === '' ? {} : { sync: { key: together } }),
    },
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? null)] },
    scales: {
      x: { time: false, range: (_, min, max) => [min, max] },
      y: { range: (_, __, max) => [0, roundUp((max ?? 1) * 1.05)] },
    },
    axes: axes
      ? [
          {
            ...axis,
            grid: { show: false },
            size: 26,
            space: 64,
            values: (_, splits) => splits.map((each) => (each === 0 ? 'now' : `−${-each} s`)),
          },
          {
            ...axis,
            grid,
            // as wide as its widest label will ever be, so that the plot does not move
            size: 56,
            space: 30,
            values: (_, splits) => splits.map((each) => `${each}${unit}`),
          },
        ]
      : [{ show: false }, { show: false }],
    series: [
      {},
      ...series.map(({ label, color: name, look = 'line' }): uPlot.Series => {
        const stroke = color(name);
        const base = { label, stroke, width: axes ? 2 : 1.5, points: { show: false } };
        if (look === 'area') return { ...base, fill: fade(stroke, 0.14) };
        const bars = uPlot.paths.bars?.({ size: [0.7, 12, 2] });
        return look === 'bars' && bars ? { ...base, width: 0, fill: stroke, paths: bars } : base;
      }),
    ],
  };
}
