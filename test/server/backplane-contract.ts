// What every backplane must do, as a suite that any test runner can run. Knows no backplane and no runner.

import type { PresenceEntry } from '../../src/protocol/rooms-frames.js';
import type { Backplane, Draft, Past, RoomEvent } from '../../src/server/backplane.js';

/** A fresh backplane of two servers (one and the same, where there is only one); 5 messages are kept per room. */
export interface BackplaneHarness {
  readonly one: Backplane;
  readonly other: Backplane;
  /** Resolves when all that happened was told. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export type RunTest = (title: string, run: () => Promise<void>) => void;

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
const same = (found: unknown, wanted: unknown, what: string): void =>
  expect(JSON.stringify(found) === JSON.stringify(wanted), `${what}: ${JSON.stringify(found)}`);

const draft = (id: string, from: string | null = 'anna', payload: string | Uint8Array = JSON.stringify(id)): Draft => ({
  id,
  from,
  payload,
  type: 'message',
});
const entry = (connection: string, n: number, data = {}, user = 'anna'): PresenceEntry => ({
  user,
  connection,
  n,
  data,
  joinedAt: n,
});
const idsOf = ({ messages }: Pick<Past, 'messages'>): string => messages.map(({ id }) => id).join();

/**
 * The contract: `make` gives a fresh backplane for each test.
 *
 * @example
 * backplaneContract(async () => inMemory(), test);
 */
export function backplaneContract(make: () => Promise<BackplaneHarness>, test: RunTest): void {
  const within = (title: string, run: (harness: BackplaneHarness) => Promise<void>): void =>
    test(title, async () => {
      const harness = await make();
      try {
        await run(harness);
      } finally {
        await harness.close();
      }
    });
  const listen = async (backplane: Backplane, room = 'a') => {
    const events: RoomEvent[] = [];
    const leave = await backplane.subscribe(room, (event) => events.push(event));
    const messages = () => events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
    const changes = () =>
      events.flatMap((event) =>
        event.kind === 'presence'
          ? event.changes.map((change) =>
              change.op === 'leave'
                ? `-${change.connection}@${change.n}`
                : `${change.op === 'enter' ? '+' : '~'}${change.entry.connection}@${change.entry.n}`,
            )
          : [],
      );
    const numbers = () => events.flatMap((event) => (event.kind === 'presence' ? [event.seq] : []));
    return { leave, messages, changes, numbers };
  };

  within('gives places from 1 on without holes, the same for all who listen, on every server', async (h) => {
    const ears = [await listen(h.one), await listen(h.other)];
    const start = await h.one.position('a');
    expect(start.offset === 0, 'an empty room is at 0');
    const receipts = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => (n % 2 ? h.one : h.other).publish('a', draft(`m${n}`))),
    );
    await h.settle();
    const offsets = receipts.map(({ offset }) => offset).sort((a, b) => a - b);
    same(
      offsets,
      Array.from({ length: 20 }, (_, n) => n + 1),
      'each place once',
    );
    expect(
      receipts.every(({ epoch, duplicate }) => epoch === start.epoch && !duplicate),
      'of one epoch',
    );
    for (const { messages } of ears) {
      same(
        messages().map(({ offset }) => offset),
        offsets,
        'heard in their order',
      );
      same(messages(), ears[0]?.messages(), 'the same everywhere');
    }
    same(await h.other.position('a'), { ...start, offset: 20 }, 'the place afterwards');
  });

  within('carries who, what, when and as what; bytes as bytes', async (h) => {
    const { messages } = await listen(h.other);
    const { at } = await h.one.publish('a', { ...draft('__proto__', '__proto__', '{"x":[1]}'), type: 'news' });
    await h.one.publish('a', { ...draft('b', null, Uint8Array.of(0, 255)), type: 'binary' });
    await h.settle();
    const [first, second] = messages();
    same(
      [first?.id, first?.from, first?.payload, first?.type, first?.at],
      ['__proto__', '__proto__', '{"x":[1]}', 'news', at],
      'all of it',
    );
    expect(second?.from === null && second.payload instanceof Uint8Array, 'null is the server; bytes are bytes');
    same([...((second?.payload ?? []) as Uint8Array)], [0, 255], 'these bytes');
  });

  within('takes the same id of the same user once, on every server, and tells the first place', async (h) => {
    const { messages } = await listen(h.one);
    const first = await h.one.publish('a', draft('m'));
    await h.one.publish('a', draft('n'));
    const again = await h.other.publish('a', draft('m', 'anna', '"other words"'));
    same(again, { ...first, duplicate: true }, 'the first receipt');
    const elsewhere = await h.one.publish('b', draft('m'));
    const other = await h.one.publish('a', draft('m', 'ben'));
    expect(!elsewhere.duplicate && !other.duplicate, 'another room and another user are something else');
    // ids and users that only look alike when they are put together
    const [x, y] = [await h.one.publish('a', draft('bc', 'a')), await h.one.publish('a', draft('c', 'ab'))];
    expect(!x.duplicate && !y.duplicate, 'names do not run together');
    await h.settle();
    same(messages().length, 5, 'heard once each');
  });

  within('goes on from a place, or says what is missing', async (h) => {
    const { epoch } = await h.one.position('a');
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await h.one.publish('a', draft(`m${n}`));
    const since = (offset: number, limit = 0, of = epoch) => h.other.since('a', { epoch: of, offset }, limit);
    const whole = await since(2);
    same([idsOf(whole), whole.gap, whole.offset], ['m3,m4,m5,m6,m7', undefined, 7], 'all that came after it');
    same(idsOf(await since(7)), '', 'nothing after the newest');
    const late = await since(1, 2);
    same(
      [idsOf(late), late.gap, late.more],
      ['m6,m7', { reason: 'expired', missed: 4 }, true],
      'the newest, and the gap',
    );
    const future = await since(8, 1);
    same([idsOf(future), future.gap], ['m7', { reason: 'epoch', missed: null }], 'a place of the future is none');
    same((await since(3, 0, 'other')).gap, { reason: 'epoch', missed: null }, 'nor is one of another epoch');
  });

  within('gives the newest, and pages back', async (h) => {
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await h.one.publish('a', draft(`m${n}`));
    const page = (past: Past) => [idsOf(past), past.more];
    same(page(await h.other.latest('a', 2)), ['m6,m7', true], 'the newest two');
    same(page(await h.other.latest('a', 100)), ['m3,m4,m5,m6,m7', false], 'all that is kept');
    same(page(await h.other.latest('a', 0)), ['', true], 'none');
    same(page(await h.other.before('a', 6, 2)), ['m4,m5', true], 'a page');
    same(page(await h.other.before('a', 4, 2)), ['m3', false], 'the last page');
    same(page(await h.other.before('a', 3, 2)), ['', false], 'nothing before that');
    same(page(await h.other.latest('empty', 5)), ['', false], 'nothing was said here');
  });

  within('tells nobody who has left, and keeps rooms apart', async (h) => {
    const [a, b] = [await listen(h.one, 'a'), await listen(h.one, '__proto__')];
    await h.other.publish('a', draft('m'));
    await h.settle();
    a.leave();
    a.leave();
    await h.other.publish('a', draft('n'));
    await h.settle();
    same([idsOf({ messages: a.messages() }), b.messages()], ['m', []], 'until it left, and nothing of other rooms');
  });

  within('shows who is there, in one order, on every server', async (h) => {
    const ears = [await listen(h.one), await listen(h.other)];
    await h.one.enter('a', entry('c1', 1, { x: 1 }));
    await h.settle();
    await h.one.enter('a', entry('c1', 2, { x: 2 }));
    await h.other.enter('a', entry('c2', 1, {}, '__proto__'));
    await h.settle();
    const { entries } = await h.other.members('a');
    same(
      entries.map(({ user, connection, n, data, joinedAt }) => [user, connection, n, data, joinedAt]),
      [
        ['anna', 'c1', 2, { x: 2 }, 1],
        ['__proto__', 'c2', 1, {}, 1],
      ],
      'in the order of their coming, and since when',
    );
    await h.other.leave('a', 'c1', 3);
    await h.settle();
    for (const { changes, numbers } of ears) {
      same(changes(), ['+c1@1', '~c1@2', '+c2@1', '-c1@3'], 'each change once');
      same(
        numbers(),
        numbers().map((_, index) => index + 1),
        'without holes',
      );
      same((await h.one.members('a')).seq, numbers().at(-1), 'members are as new as the newest change');
    }
  });

  within('lets numbers decide, not arrival', async (h) => {
    const { changes } = await listen(h.one);
    await h.one.enter('a', entry('c', 5, { x: 'new' }));
    await h.one.enter('a', entry('c', 5, { x: 'again' }));
    await h.other.enter('a', entry('c', 4, { x: 'old' }));
    await h.other.leave('a', 'c', 4);
    await h.other.leave('a', 'unknown', 9);
    await h.settle();
    same(
      (await h.other.members('a')).entries.map(({ data }) => data),
      [{ x: 'new' }],
      'the newest stays',
    );
    same(changes(), ['+c@5'], 'and nothing else was told');
  });

  within('never gives a list that later changes do not complete', async (h) => {
    const { changes } = await listen(h.one);
    await h.one.enter('a', entry('c1', 1));
    await h.one.enter('a', entry('c2', 1));
    const members = await h.one.members('a'); // perhaps before all was told
    await h.one.leave('a', 'c1', 2);
    await h.settle();
    const known = new Set(members.entries.map(({ connection }) => connection));
    for (const change of changes()) {
      const name = change.slice(1).replace(/@.*/, '');
      if (change.startsWith('-')) known.delete(name);
      else known.add(name);
    }
    same([...known], ['c2'], 'a list with the changes after it is what is true');
  });
}
