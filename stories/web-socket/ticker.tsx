// Prices as they come: one room, four tiles, each with its last two minutes.

import { useMemo } from 'react';
import { type Message, useWebSocket } from '../../src/index.js';
import type { Quote } from '../parts/demo-data.js';
import { Plot } from '../parts/plot.js';
import { Panel, Stage } from '../parts/stage.js';
import { StatusBadge } from '../parts/status.js';

export interface TickerProps {
  /** How many quotes are kept; the oldest give way. */
  readonly history?: number;
}

const WINDOW_MS = 120_000;

interface Paper {
  readonly symbol: string;
  readonly at: readonly number[];
  readonly prices: readonly number[];
}

function bySymbol(messages: readonly Message<Quote>[]): readonly Paper[] {
  const papers = new Map<string, { symbol: string; at: number[]; prices: number[] }>();
  for (const { data } of messages) {
    const paper = papers.get(data.symbol) ?? { symbol: data.symbol, at: [], prices: [] };
    papers.set(data.symbol, paper);
    paper.at.push(data.at);
    paper.prices.push(data.price);
  }
  return [...papers.values()].sort((a, b) => a.symbol.localeCompare(b.symbol));
}

/** A price ticker: the server keeps a history, and `replay` asks for it. */
export function Ticker({ history = 320 }: TickerProps): React.JSX.Element {
  const { messages, count, status } = useWebSocket<Quote, never>(`/realtime?room=ticker&replay=${history}`, {
    history,
  });
  const papers = useMemo(() => bySymbol(messages), [messages]);
  return (
    <Stage
      title="A price ticker"
      lead="Five quotes in two seconds, invented. The hook keeps the newest ones, and the tiles draw what it keeps."
    >
      <Panel
        title="Prices"
        aside={
          <span className="row">
            <span className="hint">{count.toLocaleString('en')} quotes</span>
            <StatusBadge status={status} of="Ticker" />
          </span>
        }
      >
        <ul className="columns" data-columns="4" style={{ minHeight: 132 }}>
          {papers.map((paper) => (
            <Tile key={paper.symbol} {...paper} />
          ))}
        </ul>
      </Panel>
    </Stage>
  );
}

function Tile({ symbol, at, prices }: Paper): React.JSX.Element {
  const last = prices.at(-1) ?? 0;
  const first = prices[0] ?? last;
  const change = ((last - first) / first) * 100;
  const values = useMemo(() => {
    // a small plot shows the movement, so its floor is its lowest price
    const low = Math.min(...prices);
    return [prices.map((price) => price - low)];
  }, [prices]);
  const up = change >= 0;
  return (
    <li className="stat" data-tone={up ? 'good' : 'bad'}>
      <span className="stat-label">{symbol}</span>
      <span className="row spread">
        <span className="stat-value">{last.toFixed(2)}</span>
        <span className="hint">
          {up ? '▲' : '▼'} {Math.abs(change).toFixed(2)} %
        </span>
      </span>
      <Plot
        label={`${symbol}: the last two minutes`}
        at={at}
        values={values}
        windowMs={WINDOW_MS}
        height={64}
        axes={false}
        series={[{ label: symbol, color: up ? '--good' : '--bad', look: 'area' }]}
      />
    </li>
  );
}
