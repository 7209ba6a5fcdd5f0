// Demand 26, at length: a million messages cost neither memory nor time beyond the bound.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createFeed } from '../../src/core.js';
import { createManualHost, createScriptedTransport } from '../../src/testing.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMb = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const MILLION = 1_000_000;

interface Talk {
  readonly say: (from: number, to: number) => void;
  /** What is shown, when all that was said has been flushed. */
  readonly shown: () => Promise<readonly number[]>;
  /** From now on every message is flushed by itself. */
  readonly flushEach: () => void;
}

function talk(history: number): Talk {
  const transport = createScriptedTransport();
  const host = createManualHost();
  const options = { transport, host, history, flush: 'frame' as 'frame' | 'sync' };
  const feed = createFeed<number>(options);
  feed.connect();
  transport.last.accept();
  return {
    say(from, to) {
      for (let n = from; n <= to; n++) transport.last.frame(String(n));
    },
    async shown() {
      await new Promise((resolve) => void setImmediate(resolve));
      host.paint();
      return feed.getSnapshot().messages.map(({ data }) => data);
    },
    flushEach: () => void (options.flush = 'sync'),
  };
}

test('1,000,000 messages with limit 500: the newest 500 in order, and a flat heap', async () => {
  const { say, shown } = talk(500);
  say(1, MILLION / 10);
  const before = heapMb();
  say(MILLION / 10 + 1, MILLION);
  expect(heapMb() - before).toBeLessThan(5);
  expect(await shown()).toEqual(Array.from({ length: 500 }, (_, index) => MILLION - 499 + index));
}, 60_000);

test('a message costs the same whatever the bound, also when each is flushed by itself', () => {
  const cost = (limit: number): number => {
    const { say, flushEach } = talk(limit);
    say(1, limit);
    flushEach();
    const from = process.cpuUsage();
    say(limit + 1, limit + 10_000);
    return process.cpuUsage(from).user;
  };
  cost(50); // warm
  const small = Math.min(cost(50), cost(50));
  // were the list copied for each message, this would move 10,000 x 200,000 entries
  const large = Math.min(cost(200_000), cost(200_000));
  expect(large).toBeLessThan(small * 8);
}, 60_000);
