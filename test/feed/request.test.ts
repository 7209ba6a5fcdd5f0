// @vitest-environment node
// Demand 22, by hand: a request settles exactly once, whatever happens, and nothing of it is left.

import { describe, expect, test } from 'vitest';
import { createFeed, type CreateFeedOptions, type OwnFeed } from '../../src/feed/create-feed.js';
import type { RealtimeError } from '../../src/base/error.js';
import { type AskOptions, request } from '../../src/feed/request.js';
import { createConnection } from '../../src/connection/connection.js';
import { type Message, plain } from '../../src/protocol/plain.js';
import { type ManualHost, createManualHost } from '../../src/testing/manual-host.js';
import {
  createScriptedTransport,
  type ScriptedOptions,
  type ScriptedTransport,
} from '../../src/testing/scripted-transport.js';
import { type Chance, createChance, firstSeed } from '../support/seed.js';

interface Answer {
  readonly id: number;
  readonly say?: string;
}
type Options = Partial<Omit<CreateFeedOptions<Answer, unknown>, 'transport' | 'host'>>;

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const answers = (id: number): AskOptions<Answer> => ({ matches: ({ data }) => data.id === id });

interface World {
  readonly host: ManualHost;
  readonly far: ScriptedTransport;
  readonly feed: OwnFeed<Answer>;
  readonly outcomes: string[];
  /** Asks, and writes down each time that it settles. */
  ask(id: number, options?: Partial<AskOptions<Answer>>): void;
  expectNothingLeft(): Promise<void>;
}

function createWorld(options: Options = {}, scripted: ScriptedOptions = {}): World {
  const host = createManualHost();
  const far = createScriptedTransport(scripted);
  const feed = createFeed<Answer>({ transport: far, host, retry: () => 500, ...options });
  const outcomes: string[] = [];
  return {
    host,
    far,
    feed,
    outcomes,
    ask(id, more = {}) {
      void feed.request({ id }, { ...answers(id), ...more }).then(
        ({ data }) => outcomes.push(`${id}: ${data.say ?? 'yes'}`),
        (error: { kind?: string; name: string }) => outcomes.push(`${id}: ${error.kind ?? error.name}`),
      );
    },
    async expectNothingLeft() {
      feed.close();
      await turn();
      expect({ timers: host.clock.pending, listeners: host.watchers, wires: far.live }).toEqual({
        timers: 0,
        listeners: 0,
        wires: 0,
      });
    },
  };
}

async function openWorld(options?: Options): Promise<World> {
  const world = createWorld(options);
  world.feed.connect();
  world.far.last.accept();
  await turn();
  world.host.clock.advance(16); // the frame after the opening
  await turn();
  return world;
}

describe('settles once', () => {
  test('with the answer, which is a message for everybody too; a second answer changes nothing', async () => {
    const heard: number[] = [];
    const world = await openWorld({ onMessage: ({ data }) => void heard.push(data.id) });
    world.ask(1);
    expect(world.far.last.sent).toEqual(['{"id":1}']);
    for (const say of ['{"id":9}', '{"id":1,"say":"first"}', '{"id":1,"say":"second"}']) world.far.last.frame(say);
    await turn();
    world.host.clock.advance(60_000);
    await turn();
    expect(world.outcomes).toEqual(['1: first']);
    expect(heard).toEqual([9, 1, 1]);
    expect(world.feed.getSnapshot().messages.map(({ data }) => data.id)).toEqual([9, 1, 1]);
    await world.expectNothingLeft();
  });

  test('only what comes after it counts', async () => {
    const world = await openWorld();
    world.far.last.frame('{"id":1,"say":"before"}');
    world.ask(1);
    world.far.last.frame('{"id":1,"say":"after"}');
    await turn();
    expect(world.outcomes).toEqual(['1: after']);
  });

  test('an answer inside the send itself', async () => {
    const world = createWorld({}, { onDial: (wire) => wire.accept() });
    world.feed.connect();
    const { last } = world.far;
    const push = last.sent as unknown[];
    push.push = (...frames: unknown[]) => {
      last.frame(String(frames[0]));
      return 0;
    };
    world.ask(1);
    await turn();
    expect(world.outcomes).toEqual(['1: yes']);
    await world.expectNothingLeft();
  });

  test('by the clock, 10 s by default; a late answer is a message only', async () => {
    const world = await openWorld();
    const timers = world.host.clock.pending;
    world.ask(1);
    world.ask(2, { timeoutMs: 50 });
    expect(world.host.clock.pending).toBe(timers + 2);
    world.host.clock.advance(50);
    await turn();
    expect(world.outcomes).toEqual(['2: timeout']);
    world.host.clock.advance(9_949);
    await turn();
    expect(world.outcomes).toHaveLength(1);
    world.host.clock.advance(1);
    world.far.last.frame('{"id":1}');
    await turn();
    expect(world.outcomes).toEqual(['2: timeout', '1: timeout']);
    expect(world.feed.getSnapshot().count).toBe(1);
    await world.expectNothingLeft();
  });

  test.each([
    ['the link breaks', ({ far }: World) => far.last.drop()],
    ['the link is replaced', ({ feed }: World) => void feed.reconnect()],
    ['disconnect()', ({ feed }: World) => feed.disconnect()],
    ['close()', ({ feed }: World) => feed.close()],
  ])('when %s: lost, it may have arrived', async (_, happen) => {
    const world = await openWorld();
    const off = world.feed.subscribe(() => {});
    world.ask(1);
    happen(world);
    await turn();
    expect(world.outcomes).toEqual(['1: lost']);
    world.host.clock.advance(600);
    if (world.far.last.live) world.far.last.accept();
    world.far.last.frame('{"id":1}');
    await turn();
    expect(world.outcomes).toHaveLength(1);
    off();
    await world.expectNothingLeft();
  });

  test('when the last watcher leaves', async () => {
    const { feed, far, outcomes, ask, expectNothingLeft } = createWorld();
    const off = feed.subscribe(() => {});
    ask(1); // waits
    far.last.accept();
    ask(2);
    off();
    await turn();
    expect(outcomes).toEqual(['1: lost', '2: lost']);
    await expectNothingLeft();
  });

  test('by its signal, with the reason of the signal', async () => {
    const world = await openWorld();
    const controller = new AbortController();
    world.ask(1, { signal: controller.signal });
    controller.abort();
    world.ask(2, { signal: controller.signal });
    await expect(
      world.feed.request({}, { ...answers(3), signal: AbortSignal.abort(new Error('mine')) }),
    ).rejects.toThrow('mine');
    expect(world.outcomes.sort()).toEqual(['1: AbortError', '2: AbortError']);
    expect(world.far.last.sent).toEqual(['{"id":1}']); // the second one was never asked
    await world.expectNothingLeft();
  });
});

describe('while there is no link', () => {
  test('it waits, leaves on open, and is answered', async () => {
    const world = createWorld();
    world.feed.connect();
    world.ask(1);
    world.host.clock.advance(4_000);
    world.far.last.accept();
    await turn();
    world.far.last.frame('{"id":1}');
    await turn();
    expect(world.outcomes).toEqual(['1: yes']);
    await world.expectNothingLeft();
  });

  test('an outage before it left is not its end', async () => {
    const world = await openWorld();
    world.far.last.drop();
    world.ask(1);
    world.host.clock.advance(500);
    world.far.last.drop();
    world.host.clock.advance(500);
    world.far.last.accept();
    await turn();
    world.far.last.frame('{"id":1}');
    await turn();
    expect(world.outcomes).toEqual(['1: yes']);
    await world.expectNothingLeft();
  });

  test('nor is the end of a link that had no room for it', async () => {
    const world = await openWorld();
    world.far.last.block(true);
    world.ask(1);
    world.far.last.drop();
    await turn();
    world.host.clock.advance(500);
    world.far.last.accept();
    await turn();
    expect(world.far.last.sent).toEqual(['{"id":1}']);
    world.far.last.frame('{"id":1}');
    await turn();
    expect(world.outcomes).toEqual(['1: yes']);
    await world.expectNothingLeft();
  });

  test('one that left in the very tick of the cut is lost', async () => {
    const world = createWorld();
    world.feed.connect();
    world.ask(1);
    world.far.last.accept();
    world.far.last.drop();
    await turn();
    expect(world.outcomes).toEqual(['1: lost']);
    await world.expectNothingLeft();
  });

  test('its time runs from the call on, and what did not leave in time never leaves', async () => {
    const world = createWorld({ connectTimeoutMs: 60_000 });
    world.feed.connect();
    world.ask(1);
    world.ask(2, { timeoutMs: Infinity });
    world.host.clock.advance(10_000);
    await turn();
    expect(world.outcomes).toEqual(['1: timeout']);
    world.far.last.accept();
    expect(world.far.last.sent).toEqual(['{"id":2}']);
    await world.expectNothingLeft();
    expect(world.outcomes).toEqual(['1: timeout', '2: lost']);
  });

  test('aborted, it never leaves', async () => {
    const world = createWorld();
    const controller = new AbortController();
    world.feed.connect();
    world.ask(1, { signal: controller.signal });
    controller.abort();
    world.far.last.accept();
    expect(world.far.last.sent).toEqual([]);
    await world.expectNothingLeft();
  });

  test('where nobody ever watches it is not waited for longer than a link is kept for it', async () => {
    const world = createWorld();
    world.ask(1);
    world.host.clock.advance(1_000);
    await turn();
    expect(world.outcomes).toEqual(['1: lost']);
    await world.expectNothingLeft();
  });
});

describe('not sent: rejected with the reason', () => {
  test.each<[string, Options, ScriptedOptions, string]>([
    ['the outbox is full', { outbox: { limit: 0 } }, {}, '1: overflow'],
    ['the outbox throws', { outbox: { limit: 0, overflow: 'reject' } }, {}, '1: overflow'],
    ['the outbox waits no longer', { outbox: { ttlMs: 20 } }, {}, '1: timeout'],
    ['the transport only receives', {}, { readOnly: 'it only receives' }, '1: unsupported'],
  ])('%s', async (_, options, scripted, outcome) => {
    const world = createWorld(options, scripted);
    world.feed.connect();
    world.ask(1);
    world.host.clock.advance(20);
    await turn();
    expect(world.outcomes).toEqual([outcome]);
    await world.expectNothingLeft();
  });

  test('what cannot be encoded, and a question without `matches`', async () => {
    const world = await openWorld();
    await expect(world.feed.request(undefined, answers(1))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(world.feed.request({}, {} as AskOptions<Answer>)).rejects.toMatchObject({ kind: 'config' });
    expect(world.far.last.sent).toEqual([]);
    await world.expectNothingLeft();
    await expect(world.feed.request({}, answers(1))).rejects.toMatchObject({ kind: 'lost' });
  });
});

describe('which messages', () => {
  test('those of this feed: read by its schema once, let through by its filter', async () => {
    let read = 0;
    const invalid: unknown[] = [];
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          (read++, (value as Answer).id > 0)
            ? { value: { ...(value as Answer), say: 'read' } }
            : { issues: [{ message: 'no' }] },
      },
    };
    const kept: Message<Answer>[] = [];
    const world = await openWorld({
      schema,
      filter: ({ data }) => data.id < 10,
      onInvalid: ({ raw }) => void invalid.push(raw),
      onMessage: (message) => void kept.push(message),
    });
    const asked: Message<Answer>[] = [];
    const first = world.feed.request(
      {},
      { matches: (message) => (asked.push(message), message.data.id === 5), timeoutMs: 100 },
    );
    world.ask(11, { timeoutMs: 50 });
    for (const id of [-1, 11, 4, 5]) world.far.last.frame(`{"id":${id}}`);
    expect(await first).toBe(kept[1]);
    expect(asked).toEqual(kept);
    expect([read, invalid]).toEqual([4, [{ id: -1 }]]);
    world.host.clock.advance(50);
    await turn();
    expect(world.outcomes).toEqual(['11: timeout']);
  });
});

test.each<[string, (far: ScriptedTransport, host: ManualHost, controller: AbortController) => void]>([
  ['answered', (far) => far.last.frame('{"id":1}')],
  ['timed out', (_far, host) => host.clock.advance(10_000)],
  ['aborted', (_far, _host, controller) => controller.abort()],
  ['lost', (far) => far.last.drop()],
])('%s: no listener is left, neither on the link nor on the signal', async (_, happen) => {
  const host = createManualHost();
  const far = createScriptedTransport();
  const connection = createConnection<Message<Answer>, unknown>({
    transport: far,
    protocol: plain(() => ({}), host.clock.wallNow),
    options: () => ({}),
    host,
  });
  connection.connect();
  far.last.accept();
  const controller = new AbortController();
  const { signal } = controller;
  let listening = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => (listening++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listening--, remove(...args));
  const pending = new Set<(error: RealtimeError) => void>();
  const understand = (raw: Message): Message<Answer> => raw as Message<Answer>;
  const asked = request({ clock: host.clock, connection, understand, pending }, {}, { ...answers(1), signal });
  expect([connection.events.size, connection.notices.size, listening, pending.size]).toEqual([1, 1, 1, 1]);
  happen(far, host, controller);
  await Promise.allSettled([asked]);
  expect([connection.events.size, connection.notices.size, listening, pending.size]).toEqual([0, 0, 0, 0]);
  connection.stop();
  expect(host.clock.pending).toBe(0);
});

/** Everything at any moment; afterwards each has settled once, and nothing is left. */
async function walk({ below, pick }: Chance): Promise<readonly string[]> {
  const world = createWorld({ outbox: { limit: 1 } });
  const { feed, far, host } = world;
  const controllers: AbortController[] = [];
  let asked = 0;
  let off = feed.subscribe(() => {});
  const steps: readonly (() => unknown)[] = [
    () => {
      const controller = new AbortController();
      controllers.push(controller);
      world.ask(++asked, { signal: controller.signal, timeoutMs: pick([20, 1_000, Infinity]) });
    },
    () => far.dials.length > 0 && far.last.accept(),
    () => far.dials.length > 0 && far.last.frame(`{"id":${below(asked + 1)}}`),
    () => far.dials.length > 0 && far.last.frame(`{"id":${asked}}`),
    () => below(3) === 0 && far.dials.length > 0 && far.last.drop(),
    () => host.clock.advance(below(400)),
    () => controllers[below(controllers.length)]?.abort(),
    () => below(8) === 0 && feed.disconnect(),
    () => below(8) === 0 && feed.close(),
    () => feed.connect(),
    () => (off(), (off = feed.subscribe(() => {}))),
  ];
  for (let step = 0; step < 120; step++) {
    pick(steps)();
    if (below(2) === 0) await turn();
  }
  off();
  await world.expectNothingLeft();
  const ids = world.outcomes.map((outcome) => Number(outcome.split(':')[0]));
  expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: asked }, (_, index) => index + 1));
  return world.outcomes.map((outcome) => outcome.split(': ')[1] as string);
}

test('a random walk: each settles once, none twice, and nothing is left', async () => {
  const seen = new Set<string>();
  const first = firstSeed();
  for (let seed = first; seed < first + 100; seed++)
    try {
      for (const outcome of await walk(createChance(seed))) seen.add(outcome);
    } catch (error) {
      throw new Error(`WALK_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  expect([...seen].sort()).toEqual(['AbortError', 'lost', 'overflow', 'timeout', 'yes']);
});
