// @vitest-environment node
// Where only the newest value per key counts: what is shown, what is heard, what is counted, and what is kept meanwhile.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createFeed, type CreateFeedOptions, type OwnFeed } from '../../src/feed/create-feed.js';
import { createInbox } from '../../src/feed/inbox.js';
import type { Message } from '../../src/protocol/plain.js';
import { type ConnectionState, restingState } from '../../src/connection/status.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { overSeeds } from '../support/seed.js';

interface Quote {
  readonly of?: string;
  readonly n: number;
}
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function createWorld(options: Partial<CreateFeedOptions<Quote>> = {}): Promise<{
  readonly feed: OwnFeed<Quote>;
  readonly heard: number[];
  readonly say: (of: string | undefined, n: number) => void;
  readonly frame: () => Promise<void>;
  readonly shown: () => readonly string[];
  readonly renders: () => number;
}> {
  const host = createManualHost({ frameMs: Infinity });
  const far = createScriptedTransport();
  const heard: number[] = [];
  let renders = 0;
  const feed = createFeed<Quote>({
    transport: far,
    host,
    conflate: ({ data }) => data.of,
    onMessage: ({ data }) => void heard.push(data.n),
    ...options,
  });
  feed.subscribe(() => void renders++);
  far.last.accept();
  await turn();
  host.paint();
  await turn();
  far.last.frame('{"n":0}'); // it leads: those that follow wait for the frame
  await turn();
  renders = 0;
  return {
    feed,
    heard,
    say: (of, n) => far.last.frame(JSON.stringify({ of, n })),
    async frame() {
      host.paint();
      await turn();
    },
    shown: () => feed.getSnapshot().messages.map(({ data }) => `${data.of ?? ''}${data.n}`),
    renders: () => renders,
  };
}

test('between two frames the newest per key, in its own place; those without a key all', async () => {
  const { feed, heard, say, frame, shown, renders } = await createWorld();
  say('a', 1);
  say('b', 2);
  say(undefined, 3);
  say('a', 4);
  say(undefined, 5);
  say('b', 6);
  say('a', 7);
  expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(shown()).toEqual(['0']);
  await frame();
  expect(shown()).toEqual(['0', '3', '5', 'b6', 'a7']);
  expect(feed.getSnapshot()).toMatchObject({ count: 8, lastMessage: { data: { n: 7 } } });
  expect(renders()).toBe(1);
  say('a', 8); // what was shown stays what it was
  await frame();
  expect(shown()).toEqual(['0', '3', '5', 'b6', 'a7', 'a8']);
  expect(feed.getSnapshot().count).toBe(9);
  feed.close();
});

test('100,000 messages of 10 keys between two frames: 10 are kept, all are heard and counted, one render', async () => {
  const { feed, heard, say, frame, shown, renders } = await createWorld({ history: 1_000 });
  for (let n = 1; n <= 100_000; n++) say(String(n % 10), n);
  await frame();
  expect(shown()).toEqual(['0', ...Array.from({ length: 10 }, (_, key) => `${(key + 1) % 10}${99_991 + key}`)]);
  expect([heard.length, feed.getSnapshot().count, renders()]).toEqual([100_001, 100_001, 1]);
  feed.close();
});

test('more keys than it holds: the newest of the history, one each, all counted', async () => {
  const { feed, say, frame, shown } = await createWorld({ history: 50 });
  for (let n = 1; n <= 20_000; n++) say(`k${n % 3_000} `, n);
  for (let n = 20_001; n <= 20_010; n++) say('k1999 ', n); // of a key that has waited since 19,999
  await frame();
  expect(shown()).toHaveLength(50);
  expect(new Set(shown().map((each) => each.split(' ')[0])).size).toBe(50);
  expect(shown().at(-1)).toBe('k1999 20010');
  expect(feed.getSnapshot().count).toBe(20_011);
  feed.close();
});

test('as many keys as the history holds: one each, however many came before', async () => {
  const { feed, say, frame, shown } = await createWorld({ history: 2_000 });
  for (let n = 0; n < 1_600; n++) say(`k${n % 1_500} `, n);
  await frame();
  expect(shown()).toHaveLength(1_501);
  expect(shown().slice(-101, -99)).toEqual(['k1499 1499', 'k0 1500']);
  feed.close();
});

test('cleared meanwhile, it is gone, and counts', async () => {
  const { feed, say, frame, shown } = await createWorld();
  say('a', 1);
  feed.clear();
  say('a', 2);
  await frame();
  expect([shown(), feed.getSnapshot().count]).toEqual([['a2'], 3]);
  say('a', 3);
  feed.clear();
  await frame();
  expect([shown(), feed.getSnapshot().count]).toEqual([[], 4]);
  feed.close();
});

test('flush: sync shows each; one whose key cannot be found is kept', async () => {
  const { feed, say, shown } = await createWorld({ flush: 'sync' });
  say('a', 1);
  say('a', 2);
  expect(shown()).toEqual(['0', 'a1', 'a2']);
  feed.close();
});

test('keys are the user’s own: none of them is one of ours', async () => {
  const { feed, say, frame, shown } = await createWorld();
  for (const key of ['connection', 'clear', 'message', '', '__proto__', '[object Object]']) say(key, 1);
  feed.send('waits for nothing');
  await frame();
  expect(shown()).toHaveLength(7);
  feed.close();
});

test('what a newer one has replaced is kept nowhere, though the history has no bound', async () => {
  const inbox = createInbox<Quote>(() => ({ conflate: ({ data }) => data.of, history: Infinity }));
  let early: WeakRef<Message<Quote>> | undefined;
  for (let n = 0; n < 10_000; n++) {
    const message: Message<Quote> = { data: { of: `k${n % 10}`, n }, type: 'message', receivedAt: n };
    if (n === 9_000) early = new WeakRef(message);
    inbox.put(message);
  }
  await turn(); // a WeakRef holds what it points to as long as the job in which it was made
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  expect(early?.deref()).toBe(undefined);
  expect(inbox.take()).toMatchObject([
    { type: 'messages', messages: { length: 10 } },
    { type: 'passed', count: 9_990 },
  ]);
});

test('a random walk of the inbox, against a list', () => {
  const message = (of: string | undefined, n: number): Message<Quote> => ({
    data: of === undefined ? { n } : { of, n },
    type: 'message',
    receivedAt: n,
  });
  overSeeds(100, ({ below, pick }) => {
    const inbox = createInbox<Quote>(() => ({ conflate: ({ data }) => data.of, history: 10_000 }));
    let list: Message<Quote>[] = [];
    let passed = 0;
    let connection: ConnectionState | undefined;
    let cleared = false;
    for (let n = 0; n < 400; n++) {
      const chance = below(100);
      if (chance < 1) {
        expect(inbox.take()).toEqual([
          ...(cleared ? [{ type: 'clear' }] : []),
          ...(list.length > 0 ? [{ type: 'messages', messages: list }] : []),
          ...(passed > 0 ? [{ type: 'passed', count: passed }] : []),
          ...(connection ? [{ type: 'connection', connection }] : []),
        ]);
        list = [];
        passed = 0;
        cleared = false;
        connection = undefined;
      } else if (chance < 2) {
        inbox.clear();
        passed += list.length;
        list = [];
        cleared = true;
      } else if (chance < 25) {
        connection = { ...restingState, queued: n };
        inbox.show(connection);
      } else {
        const next = message(pick([undefined, 'a', 'b', 'c', 'd']), n);
        const before = list.length;
        if (next.data.of !== undefined) list = list.filter(({ data }) => data.of !== next.data.of);
        passed += before - list.length;
        list.push(next);
        inbox.put(next);
      }
    }
  });
});

test('of a flood only what a history keeps waits, and all of it counts', () => {
  overSeeds(60, ({ below, pick }) => {
    const history = pick([0, 1, 5, 100, 500, Infinity]);
    const conflate = pick([undefined, ({ data }: Message<Quote>) => data.of]);
    const inbox = createInbox<Quote>(() => ({ conflate, history }));
    const n = below(3_000);
    for (let i = 0; i < n; i++)
      inbox.put({ data: { of: `k${below(pick([3, 300]))}`, n: i }, type: 'message', receivedAt: i });
    const [first, second] = inbox.take();
    const messages = first?.type === 'messages' ? first.messages : [];
    expect(messages.length + (second?.type === 'passed' ? second.count : 0)).toBe(n);
    const numbers = messages.map(({ data }) => data.n);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    if (n > 0) expect(numbers.at(-1)).toBe(n - 1);
    expect(numbers.length).toBeLessThanOrEqual(Math.max(128 + 2 * history, 256));
    if (!conflate) expect(numbers.length).toBeGreaterThanOrEqual(Math.min(n, history));
    else expect(new Set(messages.map(({ data }) => data.of)).size).toBe(numbers.length);
  });
});
