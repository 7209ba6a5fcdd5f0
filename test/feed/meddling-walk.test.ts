// @vitest-environment node
// Watchers that come, go, hang up, dial and throw while they are told: nothing is lost, doubled or out of order, and nothing is left.

import { afterEach, expect, test, vi } from 'vitest';
import type { FeedOptions } from '../../src/feed/feed-options.js';
import { createFeedView } from '../../src/feed/feed.js';
import { createLink, type Link } from '../../src/feed/link.js';
import { createRealm } from '../../src/feed/realm.js';
import type { WorkerPort } from '../../src/base/worker-scope.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { inWorker } from '../../src/transport/in-worker.js';
import { serveWorker } from '../../src/transport/serve-worker.js';
import type { Transport } from '../../src/transport/transport.js';
import type { WorkerLike } from '../../src/transport/worker-link.js';
import { createComing } from '../support/coming.js';
import { type Chance, createChance, firstSeed } from '../support/seed.js';

const RUNS = 40;
const LINGER_MS = 300_000; // longer than a walk: all of it is one link
const flushes = ['frame', 'microtask', 'sync'] as const;

afterEach(() => vi.unstubAllGlobals());

const turns = async (count: number): Promise<void> => {
  for (let each = 0; each < count; each++) await Promise.resolve();
};

function createWorld({ below, pick }: Chance, isWorker: boolean) {
  const host = createManualHost();
  const far = createScriptedTransport();
  const post = (to: () => ((event: never) => void) | null | undefined, message: unknown, transfer: ArrayBuffer[]) => {
    const data = structuredClone(message, { transfer });
    queueMicrotask(() => to()?.({ data } as never));
  };
  const openWorker = (): WorkerLike => {
    const port: WorkerPort = {
      onmessage: null,
      postMessage: (data, moved) => post(() => worker.onmessage, data, moved),
    };
    const worker: WorkerLike = {
      ...{ onmessage: null, onmessageerror: null, onerror: null },
      postMessage: (data, moved) => post(() => port.onmessage, data, moved),
      terminate: () => stop(),
    };
    const stop = serveWorker({ live: far }, { port, host });
    return worker;
  };
  const transport: Transport = isWorker ? inWorker(openWorker) : far;
  const realm = createRealm(host);
  const told: number[] = []; // what the link was told, in its order
  const lease = () =>
    realm.links.acquire('', () => {
      const link = createLink(
        host,
        () => transport,
        () => ({ history: 1_000 }),
      );
      link.connection.events.on(({ data }) => void told.push(data as number));
      return link as Link;
    });

  let calm = false;
  const users = flushes.map((flush) => {
    const heard: number[] = [];
    const options: FeedOptions = {
      ...{ flush, lingerMs: LINGER_MS, history: 1_000 },
      onMessage({ data }) {
        heard.push(data as number);
        meddle();
      },
    };
    const view = createFeedView({ realm: () => realm, lease, options: () => options });
    const coming = createComing(() => view.subscribe(() => below(20) === 0 && meddle()));
    return {
      ...{ heard, view, flush },
      ...coming,
    };
  });
  const meddle = (): void => {
    const act = calm ? Infinity : below(60);
    const { toggle, view } = pick(users);
    if (act < 3) toggle();
    else if (act === 3) view.disconnect();
    else if (act === 4) view.connect();
    else if (act === 5) void view.reconnect().catch(() => {});
    else if (act === 6) view.clear();
    else if (act === 7) throw new Error('a watcher threw');
  };
  return {
    ...{ host, far, users, told },
    calm: () => void (calm = true),
  };
}

test.each([false, true])(
  'whoever is there at the end heard all of it once, in order; in a worker: %s',
  async (isWorker) => {
    vi.stubGlobal('reportError', () => {});
    const first = firstSeed();
    for (let seed = first; seed < first + RUNS; seed++) {
      const chance = createChance(seed);
      const { below, pick } = chance;
      const { host, far, users, told, calm } = createWorld(chance, isWorker);
      const [one] = users;
      one?.come();
      let count = 0;
      for (let step = 0; step < 200; step++) {
        const act = below(12);
        const wire = far.dials.at(-1);
        if (act < 6 && wire?.live) {
          wire.accept();
          for (let each = below(5); each >= 0; each--) wire.frame(String(count++));
        } else if (act < 9) {
          host.clock.advance(pick([1, 16, 40, 600]));
          await turns(below(12));
        } else if (act === 9) pick(users).toggle();
        else if (act === 10) one?.view.connect();
        else if (below(5) === 0) wire?.drop({ code: 1006 });
      }
      calm();
      // what the worker still holds comes over
      for (let frame = 0; frame < 5; frame++) {
        await turns(20);
        host.paint();
      }
      for (const { come, heard, view, flush } of users) {
        come();
        await turns(2); // the first after silence, or else the frame
        host.paint();
        const [from = Infinity] = heard;
        expect([seed, flush, heard]).toEqual([seed, flush, told.filter((each) => each >= from)]);
        const shown = view.getSnapshot().messages.map(({ data }) => data);
        expect([seed, flush, shown]).toEqual([seed, flush, told.slice(told.length - shown.length)]);
      }
      expect(told.every((each, index) => index === 0 || each > (told[index - 1] as number))).toBe(true);
      for (const { leave } of users) leave();
      for (const ms of [LINGER_MS, 10_000]) {
        host.clock.advance(ms);
        await turns(20);
      }
      expect([seed, host.clock.pending, host.watchers, far.live]).toEqual([seed, 0, 0, 0]);
    }
  },
);
