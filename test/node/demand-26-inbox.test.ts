// Demand 26, between two frames: what waits to be shown is bounded too, whether or not a frame ever comes.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createFeed, type OwnFeed } from '../../src/core.js';
import { createManualHost, createScriptedTransport, type ScriptedTransport } from '../../src/testing.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMb = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Quote {
  readonly key: string;
  readonly n: number;
}

/** A million messages, and no frame: some of them in one task, some in tasks of their own. */
async function flood(far: ScriptedTransport, keyOf: (n: number) => string, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    far.last.frame(`{"key":"${keyOf(n)}","n":${n}}`);
    if (n % 1_000 === 0) await turn();
  }
}

test.each<[string, boolean, (n: number) => string, number]>([
  ['nothing conflated', false, String, 500],
  ['10 keys', true, (n) => String(n % 10), 20],
  ['a million keys', true, String, 500],
])(
  '1,000,000 messages while no frame comes, %s: a flat heap, and all of them heard',
  async (_, conflated, keyOf, kept) => {
    const host = createManualHost({ frameMs: Infinity });
    const far = createScriptedTransport();
    let heard = 0;
    let shows = 0;
    const feed: OwnFeed<Quote> = createFeed<Quote>({
      transport: far,
      host,
      history: 500,
      onMessage: () => void heard++,
      conflate: conflated ? ({ data }) => data.key : undefined,
    });
    feed.subscribe(() => void shows++);
    far.last.accept();
    await turn();
    host.paint();
    await turn();
    await flood(far, keyOf, 1, 100_000);
    const before = heapMb();
    shows = 0;
    await flood(far, keyOf, 100_001, 1_000_000);
    const grown = heapMb() - before;
    expect(shows).toBe(0);
    expect(grown).toBeLessThan(5);
    expect(heard).toBe(1_000_000);
    host.paint();
    await turn();
    const { count, messages, lastMessage } = feed.getSnapshot();
    expect([count, lastMessage?.data.n, shows]).toEqual([1_000_000, 1_000_000, 1]);
    // the 10 of the task that led, shown before the frames stopped, and the newest 10
    expect(messages).toHaveLength(kept);
    feed.close();
  },
  60_000,
);
