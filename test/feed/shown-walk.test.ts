// @vitest-environment node
// What a feed shows, against a list that knows nothing of inboxes: floods, keys, bounds and flushes that change, and callbacks that meddle.

import { afterEach, expect, test, vi } from 'vitest';
import type { FeedOptions } from '../../src/feed/feed-options.js';
import { createFeedView } from '../../src/feed/feed.js';
import { createLink, type Link } from '../../src/feed/link.js';
import { createRealm } from '../../src/feed/realm.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { createComing } from '../support/coming.js';
import { type Chance, createChance, firstSeed } from '../support/seed.js';

const RUNS = Number(process.env['WALK_RUNS'] ?? 60);
const LINGER_MS = 300_000; // longer than a walk: all of it is one link
const flushes = ['frame', 'microtask', 'sync'] as const;
const bounds = [0, 1, 2, 7, 100, 300, Infinity] as const;
/** Fewer than an inbox looks at: so many all wait, whatever bound comes. */
const FEW = 60;

interface Said {
  readonly of: string;
  readonly n: number;
}
type Options = { -readonly [Name in keyof FeedOptions<Said>]: FeedOptions<Said>[Name] };

afterEach(() => vi.unstubAllGlobals());

const turns = async (count: number): Promise<void> => {
  for (let each = 0; each < count; each++) await Promise.resolve();
};
const keyOf = ({ of }: Said): string | undefined => {
  if (of === 'throws') throw new Error('no key');
  return of === 'none' ? undefined : of;
};

/** What is to be shown, by the words of the docs. */
function createModel(options: FeedOptions<Said>) {
  let waiting: { readonly said: Said; readonly key: string | undefined }[] = [];
  let isCleared = false;
  let shown: readonly Said[] = [];
  let last: Said | undefined;
  let count = 0;
  return {
    put(said: Said) {
      count++;
      const key = options.conflate && said.of !== 'throws' ? keyOf(said) : undefined;
      if (key !== undefined) waiting = waiting.filter((each) => each.key !== key);
      waiting.push({ said, key });
    },
    clear() {
      waiting = [];
      isCleared = true;
    },
    get waits() {
      return waiting.length;
    },
    flush() {
      if (isCleared) [shown, last, isCleared] = [[], undefined, false];
      const { history = 100 } = options;
      const all = [...shown, ...waiting.map(({ said }) => said)];
      if (waiting.length > 0) shown = all.slice(Math.max(0, all.length - history));
      last = waiting.at(-1)?.said ?? last;
      waiting = [];
    },
    state: () => ({ messages: shown, last, count }),
  };
}

function createWorld({ below, pick }: Chance, fail: (what: string) => void) {
  const host = createManualHost({ frameMs: Infinity });
  const far = createScriptedTransport();
  const realm = createRealm(host);
  const lease = () =>
    realm.links.acquire(
      '',
      () =>
        createLink(
          host,
          () => far,
          () => ({ history: Infinity }),
        ) as Link,
    );
  let calm = false;
  const users = [0, 1].map((name) => {
    const options: Options = {
      ...{ lingerMs: LINGER_MS, history: 100 },
      onMessage({ data }) {
        try {
          meddle();
        } finally {
          model.put(data);
        }
      },
    };
    const model = createModel(options);
    const view = createFeedView<Said, unknown>({ realm: () => realm, lease: lease as never, options: () => options });
    const check = (): void => {
      const { messages, lastMessage, count } = view.getSnapshot();
      const is = JSON.stringify({ messages: messages.map(({ data }) => data), last: lastMessage?.data, count });
      const wanted = JSON.stringify(model.state());
      if (is !== wanted) fail(`${name} (${options.flush}, ${options.history}) shows ${is}, and not ${wanted}`);
    };
    view.observe(() => {
      model.flush();
      check();
    });
    const coming = createComing(() => view.subscribe(() => below(8) === 0 && meddle()));
    return {
      ...{ view, options, model, check },
      ...coming,
      clear() {
        model.clear();
        view.clear();
      },
    };
  });
  const change = ({ options, model }: (typeof users)[number]): void => {
    const what = below(3);
    if (what === 0) options.flush = pick(flushes);
    else if (what === 1) options.conflate = pick([undefined, ({ data }) => keyOf(data)]);
    else if (model.waits < FEW) options.history = pick(bounds);
  };
  const meddle = (): void => {
    const act = calm ? Infinity : below(400);
    const user = pick(users);
    if (act < 3) user.toggle();
    else if (act < 6) user.clear();
    else if (act < 8) change(user);
    else if (act === 8) user.view.disconnect();
    else if (act === 9) user.view.connect();
    else if (act === 10) throw new Error('a watcher threw');
  };
  return { host, far, users, change, calm: () => void (calm = true) };
}

test('`messages`, `lastMessage` and `count` are exact, and what may be shown at once is', async () => {
  vi.stubGlobal('reportError', () => {});
  const first = firstSeed();
  for (let seed = first; seed < first + RUNS; seed++) {
    const chance = createChance(seed);
    const { below, pick } = chance;
    const faults: string[] = [];
    const { host, far, users, change, calm } = createWorld(chance, (what) => void faults.push(what));
    for (const { come } of users) come();
    let n = 0;
    for (let step = 0; step < 120; step++) {
      const act = below(16);
      const user = pick(users);
      const wire = far.dials.at(-1);
      if (act < 6 && wire?.live) {
        wire.accept();
        const keys = pick([
          ['none'],
          ['a', 'b'],
          ['none', 'a', 'throws'],
          Array.from({ length: 200 }, (_, k) => `k${k}`),
        ]);
        const before = users.map(({ options }) => options.flush);
        const isLate = (when: Options['flush']): void => {
          for (const [at, { options, model, isHere }] of users.entries())
            if (options.flush === when && before[at] === when && isHere() && model.waits > 0)
              faults.push(`${when}, and ${model.waits} wait`);
        };
        for (let each = below(pick([3, 3, 50, 700])); each >= 0; each--) {
          users.forEach(({ options }, at) => (before[at] = options.flush));
          wire.frame(JSON.stringify({ of: pick(keys), n: n++ }));
          isLate('sync');
        }
        if (below(2) === 0) {
          await turns(4);
          isLate('microtask');
        }
      } else if (act < 8) await turns(4);
      else if (act < 10) {
        host.paint();
        await turns(4);
      } else if (act === 10) user.toggle();
      else if (act === 11) user.clear();
      else if (act < 14) change(user);
      else if (act === 14) user.view.connect();
      else if (below(4) === 0) wire?.drop({ code: 1006 });
      else host.clock.advance(500);
    }
    calm();
    for (let frame = 0; frame < 4; frame++) {
      await turns(4);
      host.paint();
    }
    for (const { model, check } of users) {
      if (model.waits > 0) faults.push(`${model.waits} are never shown`);
      model.flush();
      check();
    }
    expect({ seed, faults: faults.slice(0, 3) }).toEqual({ seed, faults: [] });
    for (const { leave } of users) leave();
    for (const ms of [LINGER_MS, 10_000]) {
      host.clock.advance(ms);
      await turns(20);
    }
    expect([seed, host.clock.pending, host.watchers, far.live]).toEqual([seed, 0, 0, 0]);
  }
});
