// @vitest-environment node
// inWorker against a worker that the test plays: its faults, its silence, and what the page says to it. Two real ends are in test/node.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createManualHost } from '../../src/testing/manual-host.js';
import { inWorker, type InWorkerOptions } from '../../src/transport/in-worker.js';
import type { Dial } from '../../src/transport/transport.js';
import type { WorkerLike } from '../../src/transport/worker-link.js';
import { type Flow, type Order, type Word, WORDS_VERSION } from '../../src/transport/worker-words.js';
import { dial, turn } from '../support/dial.js';
import { catchReports } from '../support/reported.js';

afterEach(() => vi.unstubAllGlobals());

interface FarWorker {
  readonly orders: Order[];
  readonly terminated: number;
  say(...words: Word[]): void;
  sayBatch(...words: Word[]): void;
  /** Anything at all. */
  blurt(data: unknown): void;
  fail(message?: string): void;
  garble(): void;
  /** Orders of one kind. */
  told<T extends Order['t']>(t: T): Extract<Order, { t: T }>[];
}

function far() {
  const workers: FarWorker[] = [];
  const open = (): WorkerLike => {
    const orders: Order[] = [];
    let terminated = 0;
    const near: WorkerLike = {
      onmessage: null,
      onmessageerror: null,
      onerror: null,
      postMessage: (order, transfer) => void orders.push(structuredClone(order as Order, { transfer })),
      terminate: () => terminated++,
    };
    const blurt = (data: unknown): void => near.onmessage?.({ data } as never);
    workers.push({
      orders,
      get terminated() {
        return terminated;
      },
      blurt,
      say: (...words) => blurt({ v: WORDS_VERSION, words }),
      sayBatch: (...words) => blurt({ v: WORDS_VERSION, words, isBatch: true }),
      fail: (message) => near.onerror?.({ message } as never),
      garble: () => near.onmessageerror?.({} as never),
      told: (t) => orders.filter((order) => order.t === t) as never,
    });
    return near;
  };
  return { workers, open };
}

const flow = (wire: number, more: Partial<Flow> = {}): Word => [
  wire,
  'flow',
  { came: 0, held: 0, blocked: false, spent: undefined, ...more },
];

function setUp(options: InWorkerOptions = {}) {
  const { workers, open } = far();
  const host = createManualHost();
  const transport = inWorker(open, options);
  const start = (parts: Partial<Dial> = {}) => dial(transport, { host, ...parts });
  const last = (): FarWorker => {
    const worker = workers.at(-1);
    if (!worker) throw new Error('no worker yet');
    return worker;
  };
  return { workers, host, transport, start, last };
}

/** One wire that is open. */
function opened(options: InWorkerOptions = {}, parts: Partial<Dial> = {}) {
  const world = setUp(options);
  const near = world.start(parts);
  world.last().say();
  world.last().say([1, 'opened']);
  expect(near.said).toEqual(['opened']);
  return { ...world, near, worker: world.last() };
}

describe('what the worker does wrong ends its wires with a reason, and the next dial has another worker', () => {
  const wrong: readonly [string, (worker: FarWorker) => void, string, RegExp][] = [
    ['throws', (worker) => worker.fail('Uncaught Error: boom'), 'lost', /the worker threw: Uncaught Error: boom/],
    ['throws without a word', (worker) => worker.fail(), 'lost', /the worker threw/],
    [
      'posts nonsense',
      (worker) => worker.blurt('hello'),
      'protocol',
      /no roomtone worker says; does its file call serveWorker/,
    ],
    ['posts nothing', (worker) => worker.blurt(null), 'protocol', /no roomtone worker/],
    ['is of another version', (worker) => worker.blurt({ v: 0, words: [] }), 'protocol', /another version/],
    ['says what cannot be read', (worker) => worker.garble(), 'protocol', /cannot be read/],
  ];
  test.each(wrong)('%s', (_what, act, why, reason) => {
    const { near, worker, start, workers, host } = opened();
    const other = start();
    act(worker);
    expect(near.end).toMatchObject({ why, reason: expect.stringMatching(reason) as string });
    // never open: nothing was lost
    expect(other.end.why).toBe(why === 'lost' ? 'refused' : why);
    expect(worker.terminated).toBe(1);
    expect([host.clock.pending, host.watchers]).toEqual([0, 0]);
    worker.say([1, 'frames', ['late']]);
    expect(near.said).toHaveLength(2);
    const again = start();
    expect(workers).toHaveLength(2);
    workers[1]?.say();
    workers[1]?.say([1, 'opened']);
    expect(again.said).toEqual(['opened']);
  });

  test('it does not load', () => {
    const { start, last } = setUp();
    const near = start();
    last().fail();
    expect(near.end).toMatchObject({ why: 'refused', reason: expect.stringContaining('did not start') as string });
    const next = start();
    last().fail('SyntaxError at https://me:secret@example.com/x.js');
    expect(next.end.reason).toBe('the worker did not start: SyntaxError at https://…@example.com/x.js');
  });

  test('it cannot be made', () => {
    const cause = new Error('Worker is not defined');
    const transport = inWorker(() => {
      throw cause;
    });
    const { end } = dial(transport);
    expect(end).toMatchObject({ why: 'refused', verdict: 'failed', kind: 'unsupported', cause });
    expect(end.reason).toBe('the worker could not be made: Worker is not defined');
  });

  test('it runs, and never calls serveWorker', () => {
    const { start, last, host } = setUp();
    const near = start();
    host.clock.advance(9_999);
    expect(near.said).toEqual([]);
    host.clock.advance(1);
    expect(near.end).toMatchObject({ why: 'timeout', reason: 'the worker did not call serveWorker within 10000 ms' });
    expect(last().terminated).toBe(1);
  });

  test('it dials again inside the end, in another worker', () => {
    const { near, worker, start, workers } = opened();
    near.on('lost', () => void start());
    worker.fail('boom');
    expect(workers).toHaveLength(2);
    expect(workers[1]?.terminated).toBe(0);
  });
});

describe('a worker that is terminated says nothing', () => {
  test('silence is asked about, and then it is given up', () => {
    const { near, worker, host } = opened({ answerMs: 1_000 });
    host.clock.advance(1_000);
    expect(worker.told('ping')).toHaveLength(1);
    host.clock.advance(999);
    expect(near.said).toEqual(['opened']);
    host.clock.advance(1);
    expect(near.end).toMatchObject({
      why: 'lost',
      reason: 'the worker said nothing for 1000 ms; was it terminated?',
    });
    expect(host.clock.pending).toBe(0);
  });

  test('whoever answers is alive, and is asked only after silence', () => {
    const { near, worker, host } = opened({ answerMs: 1_000 });
    for (let round = 1; round <= 3; round++) {
      host.clock.advance(1_000);
      worker.say();
      expect(worker.told('ping')).toHaveLength(round);
    }
    for (let n = 0; n < 10; n++) {
      host.clock.advance(500);
      worker.sayBatch([1, 'pulse']);
    }
    expect(worker.told('ping')).toHaveLength(3);
    expect(near.said.filter((each) => each !== 'pulse')).toEqual(['opened']);
  });

  test('a page that slept asks once more', () => {
    const { workers, open } = far();
    const host = createManualHost();
    let skew = 0;
    const clock = { ...host.clock, now: () => host.clock.now() + skew };
    const near = dial(inWorker(open, { answerMs: 1_000 }), { host: { ...host, clock } });
    workers[0]?.say();
    host.clock.advance(1_000);
    skew = 60_000;
    host.clock.advance(1_000);
    expect(near.said).toEqual([]);
    expect(workers[0]?.told('ping')).toHaveLength(2);
    host.clock.advance(1_000);
    expect(near.end.why).toBe('refused');
  });
});

describe('one worker for all wires of a transport', () => {
  test('it goes a while after the last wire, and leaves nothing', () => {
    const { near, worker, start, host, workers } = opened({ lingerMs: 300 });
    const other = start();
    near.wire.close(4000, 'bye');
    expect(worker.told('close')).toEqual([{ t: 'close', wire: 1, code: 4000, reason: 'bye' }]);
    host.clock.advance(10_000 - 1);
    worker.say();
    other.wire.close();
    expect(host.watchers).toBe(0);
    host.clock.advance(299);
    start().wire.close();
    expect(workers).toHaveLength(1);
    host.clock.advance(299);
    expect(worker.terminated).toBe(0);
    host.clock.advance(1);
    expect(worker.terminated).toBe(1);
    expect(host.clock.pending).toBe(0);
    start();
    expect(workers).toHaveLength(2);
  });

  test('other transports of it by name', () => {
    const { transport, start, host, workers, last } = setUp();
    const sse = transport.of('sse');
    expect([transport.name, sse.name]).toEqual(['worker', 'sse']);
    start();
    dial(sse, { host });
    last().say();
    expect(workers).toHaveLength(1);
    expect(
      last()
        .told('dial')
        .map(({ dial: { of } }) => of),
    ).toEqual([undefined, 'sse']);
    last().say([2, 'made', { renewable: true, readOnly: 'only listens' }]);
    expect([sse.renewable, sse.readOnly]).toEqual([true, 'only listens']);
    expect([transport.renewable, transport.readOnly]).toEqual([false, undefined]);
  });

  test('the worker is told what a dial says, when it listens, and whether the page is seen', () => {
    const { start, last, host } = setUp({ given: { room: 'a' } });
    start({ cursor: '7', session: 's', maxMessageBytes: 9, credentials: 'refresh', auth: 'said' });
    expect(last().orders).toEqual([]);
    last().say();
    const asked = { cursor: '7', session: 's', maxMessageBytes: 9, credentials: 'refresh', auth: 'said' };
    expect(last().orders).toEqual([
      { t: 'focus', focus: 'visible' },
      { t: 'dial', wire: 1, dial: { ...asked, of: undefined, given: { room: 'a' } } },
    ]);
    host.setFocus('hidden');
    expect(last().orders.at(-1)).toEqual({ t: 'focus', focus: 'hidden' });
  });

  test('what is given is asked for anew, and an attempt that is given up is not dialled', async () => {
    let round = 0;
    const { start, last, transport } = setUp({ given: () => Promise.resolve(++round) });
    expect(transport.renewable).toBe(true);
    start();
    start().wire.close();
    last().say();
    await turn();
    expect(
      last()
        .told('dial')
        .map(({ dial: { given } }) => given),
    ).toEqual([1]);
  });

  test('what is given cannot be cloned, or is refused', () => {
    const { start, last } = setUp({ given: { notThis: () => {} } });
    const near = start();
    last().say();
    expect(near.end).toMatchObject({
      kind: 'config',
      verdict: 'failed',
      reason: expect.stringContaining('given') as string,
    });
    const forbidden = setUp({
      given() {
        throw new DOMException('no', 'NotAllowedError');
      },
    });
    expect(forbidden.start().end).toMatchObject({ kind: 'forbidden', verdict: 'failed' });
  });
});

describe('what is heard', () => {
  test('everything of the grammar', () => {
    const { near, worker } = opened();
    const end = { why: 'lost', code: 1012, reason: 'restart', cause: { name: 'TypeError', message: 'x' } } as const;
    worker.sayBatch(
      [1, 'frames', ['a', Uint8Array.of(1, 2)]],
      [1, 'frames', ['b'], { type: 'tick', id: '5' }],
      [1, 'cursor', '5'],
      [1, 'retryDelay', 100],
      [1, 'continuity', true],
      [1, 'pulse'],
      [1, 'moved'],
      [1, 'fault', { kind: 'too-large', message: 'big', code: 1, reason: 'r', cause: undefined }, 'x'],
      [1, 'reopening', { why: 'lost' }],
      [1, 'ended', end, 0],
      [1, 'frames', ['after the end']],
    );
    expect(near.said.join(', ')).toBe(
      'opened, frame a, frame [1,2], frame b, cursor 5, retry 100, resumed, pulse, moved, fault too-large, reopening, lost 1012',
    );
    expect(near.faults[0]).toMatchObject({ name: 'RealtimeError', message: 'big', code: 1, reason: 'r' });
    expect(near.end.cause).toMatchObject({ name: 'TypeError', message: 'x' });
    expect(near.end.cause).toBeInstanceOf(Error);
    expect(worker.told('taken')).toHaveLength(1);
  });

  test('nothing after close, also within a batch, and the next batch may come', () => {
    const { near, worker } = opened();
    near.on('frame 2', (wire) => wire.close());
    worker.sayBatch([1, 'frames', ['1', '2', '3']], [1, 'cursor', '3']);
    expect(near.said).toEqual(['opened', 'frame 1', 'frame 2']);
    expect(worker.told('taken')).toHaveLength(1);
  });

  test('somebody who throws starves nobody', () => {
    const errors = catchReports();
    const { near, worker, start } = opened();
    const other = start();
    near.on('frame 1', () => {
      throw new Error('boom');
    });
    worker.sayBatch([1, 'frames', ['1', '2']], [2, 'frames', ['3']]);
    expect(near.said).toEqual(['opened', 'frame 1', 'frame 2']);
    expect(other.said).toEqual(['frame 3']);
    expect(worker.told('taken')).toHaveLength(1);
    expect(errors).toEqual([new Error('boom')]);
  });
});

describe('what is sent', () => {
  test('leaves once per tick, and counts as held until the worker has it and the wire has let go of it', async () => {
    const { near, worker } = opened();
    const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(['one', bytes, ''].map((each) => near.wire.send(each as string))).toEqual([true, true, true]);
    bytes[0] = 9;
    expect(near.wire.bufferedAmount).toBe(5);
    await turn();
    expect(worker.told('send')).toEqual([{ t: 'send', wire: 1, frames: ['one', Uint8Array.of(2, 3), ''] }]);
    expect(bytes.byteLength).toBe(2);
    near.wire.send('x'.repeat(10));
    worker.say(flow(1, { came: 3, held: 4 }));
    expect(near.wire.bufferedAmount).toBe(14);
    worker.say(flow(1, { came: 1, held: 2 }));
    worker.say(flow(1));
    expect(near.wire.bufferedAmount).toBe(0);
    near.wire.send('last');
    near.wire.close();
    expect(worker.orders.slice(-2).map(({ t }) => t)).toEqual(['send', 'close']);
    expect(near.wire.send('after')).toBe(false);
  });

  test('not before it is open', () => {
    const { start, last } = setUp();
    const near = start();
    last().say();
    expect(near.wire.send('early')).toBe(false);
    last().say([1, 'opened']);
    expect(near.said).toEqual(['opened']);
  });

  test('so many at once, and then the word that there is room', async () => {
    const { near, worker } = opened();
    const verdicts = Array.from({ length: 70 }, () => near.wire.send('x'));
    expect(verdicts.filter(Boolean)).toHaveLength(64);
    await turn();
    worker.say(flow(1, { came: 64 }));
    worker.say(flow(1));
    expect(near.said).toEqual(['opened', 'writable']);
    expect(near.wire.send('x')).toBe(true);
  });

  test('a wire that takes one at a time is given one at a time from then on, the next wire too', async () => {
    const { near, worker, start } = opened();
    near.wire.send('1');
    near.wire.send('2');
    worker.say(flow(1, { came: 2, held: 1, blocked: true }));
    expect(near.wire.send('3')).toBe(false);
    worker.say(flow(1));
    expect(near.said).toEqual(['opened', 'writable']);
    const next = start();
    worker.say([2, 'opened']);
    expect([next.wire.send('1'), next.wire.send('2')]).toEqual([true, false]);
    await turn();
    worker.say(flow(2, { came: 1 }));
    expect(next.said).toEqual(['opened', 'writable']);
  });

  test('a wire that refused because it was closing teaches nothing', () => {
    const { near, worker, start } = opened();
    near.wire.send('1');
    worker.say(flow(1, { came: 1, held: 1, blocked: true }));
    worker.sayBatch([1, 'ended', { why: 'lost' }, 1]);
    const next = start();
    worker.say([2, 'opened']);
    expect([next.wire.send('1'), next.wire.send('2')]).toEqual([true, true]);
  });

  test('what had not left when the link ended is told, but to a session, which says it again', async () => {
    for (const session of [undefined, 's']) {
      const { near, worker } = opened({}, { session });
      for (const each of ['1', '2', '3']) near.wire.send(each);
      await turn();
      worker.say(flow(1, { came: 2, held: 1, blocked: true }));
      worker.sayBatch([1, 'ended', { why: 'lost' }, 1]);
      expect(near.said).toEqual(['opened', ...(session ? [] : ['fault lost']), 'lost']);
      if (!session) expect(near.faults[0]?.message).toBe('The link ended before 2 sent messages had left.');
    }
  });

  test('closing inside that word is heeded', () => {
    const { near, worker } = opened();
    near.wire.send('1');
    near.on('fault', (wire) => wire.close());
    worker.fail('boom');
    expect(near.said).toEqual(['opened', 'fault lost']);
  });

  test('what the far end said of the end goes to the wire itself; what must not be repeated is known', () => {
    const { near, worker } = opened();
    expect(near.wire.spent).toBe(undefined);
    worker.say(flow(1, { spent: true }));
    expect(near.wire.spent).toBe(true);
    near.wire.ends?.({ why: 'lost', code: 1012, cause: new TypeError('x') });
    const cause = { name: 'TypeError', message: 'x' };
    expect(worker.told('ends')).toEqual([{ t: 'ends', wire: 1, end: { why: 'lost', code: 1012, cause } }]);
  });
});

describe('credentials', () => {
  test('the page is asked, each time', async () => {
    const getToken = vi.fn((reason: string) => Promise.resolve(`token ${reason}`));
    const { worker, transport } = opened({ auth: { getToken, via: 'query', queryName: 'ticket' } });
    expect(transport.renewable).toBe(true);
    expect(worker.told('dial')[0]?.dial.auth).toEqual({ via: 'query', queryName: 'ticket', hasMessage: false });
    worker.say([1, 'ask', 1, 'connect']);
    worker.say([1, 'ask', 2, 'expired']);
    await turn();
    expect(worker.told('token').map(({ ask, answer }) => [ask, answer])).toEqual([
      [1, { token: 'token connect' }],
      [2, { token: 'token expired' }],
    ]);
  });

  test('the first frame is made here, and what is thrown crosses by name', async () => {
    const tokens = ['good', 'bad', null];
    const auth = {
      via: 'message' as const,
      getToken: () => tokens.shift() as string,
      message(token: string) {
        if (token === 'bad') throw new RangeError('not that one');
        return `I am ${token}`;
      },
    };
    const { worker } = opened({}, { auth });
    for (const ask of [1, 2, 3]) worker.say([1, 'ask', ask, 'connect']);
    expect(worker.told('token').map(({ answer }) => answer)).toEqual([
      { token: 'good', first: 'I am good' },
      { token: 'bad', first: { name: 'RangeError', message: 'not that one' } },
      { token: null },
    ]);
    const denied = opened({ auth: { getToken: () => Promise.reject(new DOMException('no', 'NotAllowedError')) } });
    denied.worker.say([1, 'ask', 1, 'connect']);
    await turn();
    expect(denied.worker.told('token')[0]?.answer).toEqual({ error: { name: 'NotAllowedError', message: 'no' } });
  });

  test('an answer that comes after the wire has gone goes nowhere', async () => {
    const { worker, near } = opened({ auth: { getToken: () => Promise.resolve('late') } });
    worker.say([1, 'ask', 1, 'connect']);
    near.wire.close();
    await turn();
    expect(worker.told('token')).toEqual([]);
  });

  test('given twice they are a conflict', () => {
    const { start } = setUp({ auth: { getToken: () => 'mine' } });
    expect(start({ auth: 'said' }).end).toMatchObject({ kind: 'config', verdict: 'failed' });
  });
});
