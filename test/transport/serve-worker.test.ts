// @vitest-environment node
// serveWorker for a page that the test plays: batches, their bound, what crosses and what does not. Two real ends are in test/node.

import { describe, expect, test } from 'vitest';
import { RealtimeError } from '../../src/base/error.js';
import type { WorkerPort } from '../../src/base/worker-scope.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedOptions } from '../../src/testing/scripted-transport.js';
import { serveWorker, type ServeWorkerOptions, type WorkerTransports } from '../../src/transport/serve-worker.js';
import type { Auth } from '../../src/transport/auth.js';
import type { Data, Transport } from '../../src/transport/transport.js';
import { webSocket } from '../../src/transport/web-socket.js';
import { createFakeWebSocket } from '../../src/testing/fake-web-socket.js';
import type { Order, Report, Word, WorkerDial } from '../../src/transport/worker-words.js';
import { turn } from '../support/dial.js';

const dialled: WorkerDial = {
  of: undefined,
  given: undefined,
  credentials: 'connect',
  cursor: undefined,
  session: undefined,
  maxMessageBytes: 2 ** 20,
  auth: undefined,
};

/** A page over a port without a network. */
function pageOf(transports: WorkerTransports, options: ServeWorkerOptions = {}) {
  const host = createManualHost();
  const reports: Report[] = [];
  const port: WorkerPort = {
    onmessage: null,
    // as the platform does: what cannot cross throws, what is moved is gone
    postMessage: (report, transfer) => void reports.push(structuredClone(report as Report, { transfer })),
  };
  const stop = serveWorker(transports, { port, host, ...options });
  const order = (...orders: readonly Order[]): void => {
    for (const data of orders) port.onmessage?.({ data } as never);
  };
  let dials = 0;
  return {
    host,
    reports,
    stop,
    order,
    start: (dial: Partial<WorkerDial> = {}) => order({ t: 'dial', wire: ++dials, dial: { ...dialled, ...dial } }),
    batches: () => reports.filter(({ isBatch }) => isBatch).map(({ words }) => words),
    /** Words of one kind, by any message. */
    said: (verb: Word[1]) => reports.flatMap(({ words }) => words).filter((word) => word[1] === verb),
    take: () => order({ t: 'taken' }),
  };
}

/** One wire that is open, its first batch taken, and the frame after it over. */
async function open(options: ServeWorkerOptions = {}, scripted: ScriptedOptions = {}) {
  const transport = createScriptedTransport(scripted);
  const page = pageOf({ live: transport }, options);
  page.start();
  transport.last.accept();
  await turn();
  page.take();
  page.host.clock.advance(50);
  const before = page.reports.length;
  return { ...page, transport, far: transport.last, news: () => page.reports.slice(before) };
}

const ofFrames = (reports: readonly Report[]): unknown[] =>
  reports.flatMap(({ words }) => words.flatMap((word) => (word[1] === 'frames' ? [word[2]] : [])));

describe('batches', () => {
  test('the first after silence at once, the rest by the frame, one on its way', async () => {
    const { far, news, take, host } = await open();
    far.frame('1');
    await turn();
    expect(ofFrames(news())).toEqual([['1']]);
    for (const each of ['2', '3']) far.frame(each);
    take();
    await turn();
    expect(ofFrames(news())).toEqual([['1']]);
    host.clock.advance(16);
    expect(ofFrames(news())).toEqual([['1'], ['2', '3']]);
    far.frame('4');
    host.clock.advance(1_000);
    await turn();
    // the page has not taken the last one yet
    expect(news()).toHaveLength(2);
    take();
    await turn();
    expect(ofFrames(news())).toEqual([['1'], ['2', '3'], ['4']]);
    take();
    host.clock.advance(1_000);
    expect(host.clock.pending).toBe(0);
  });

  test('5,000 frames in a burst are three messages, none of them much over 128 KiB', async () => {
    const { far, news, take, host } = await open();
    for (let n = 0; n < 5_000; n++) {
      far.frame(`${n}`);
      if (n === 0) await turn();
    }
    take();
    take();
    host.clock.advance(16);
    expect(news().map((report) => ofFrames([report]).flat().length)).toEqual([1, 3_672, 1_327]);
    expect(ofFrames(news()).flat()).toEqual(Array.from({ length: 5_000 }, (_, n) => `${n}`));
  });

  test('a full part leaves before the frame that was waited for, and the next one still waits for the page', async () => {
    const { far, news, take, host } = await open();
    far.frame('1');
    far.frame('x'.repeat(2 ** 17));
    far.frame('2');
    await turn();
    host.clock.advance(50);
    expect(
      ofFrames(news())
        .flat()
        .map(String)
        .map(({ length }) => length),
    ).toEqual([1, 2 ** 17]);
    take();
    await turn();
    expect(ofFrames(news()).flat().at(-1)).toBe('2');
  });

  test('what is not a frame keeps its place, and so do two wires', async () => {
    const { far, transport, news, start } = await open();
    start();
    const other = transport.last;
    far.frame('1');
    far.frame('2');
    far.sink.cursor('2');
    other.accept();
    other.frame('a');
    far.frame('3', { type: 'tick', id: '3' });
    far.frame('4');
    far.drop({ code: 1012 });
    await turn();
    expect(
      news()
        .at(-1)
        ?.words.filter(([, verb]) => verb !== 'made'),
    ).toEqual([
      [1, 'frames', ['1', '2'], undefined],
      [1, 'cursor', '2'],
      [2, 'opened'],
      [2, 'frames', ['a'], undefined],
      [1, 'frames', ['3'], { type: 'tick', id: '3' }],
      [1, 'frames', ['4'], undefined],
      [1, 'ended', { why: 'lost', code: 1012, cause: undefined }, 0],
    ]);
  });

  test('bytes move, and a part of a buffer takes only itself along', async () => {
    const { far, news } = await open();
    const all = Uint8Array.of(1, 2, 3);
    const shared = new Uint8Array(1_000).fill(7);
    far.frame(all);
    far.frame(shared.subarray(10, 12));
    far.frame(shared.subarray(20, 21));
    await turn();
    expect(ofFrames(news())).toEqual([[Uint8Array.of(1, 2, 3), Uint8Array.of(7, 7), Uint8Array.of(7)]]);
    expect([all.byteLength, shared.byteLength]).toEqual([0, 1_000]);
    expect((ofFrames(news())[0] as Uint8Array[]).map(({ buffer }) => buffer.byteLength)).toEqual([3, 2, 1]);
  });

  test('that somebody spoke is said once a batch', async () => {
    const { far, news, take } = await open();
    for (let n = 0; n < 1_000; n++) far.sink.pulse();
    far.frame('x');
    far.sink.pulse();
    await turn();
    expect(
      news()
        .at(-1)
        ?.words.map(([, verb]) => verb),
    ).toEqual(['pulse', 'frames']);
    take();
  });
});

describe('a page that is slow', () => {
  test('a wire over the bound ends, after all that came with it, and can go on from its cursor', async () => {
    const { far, news, take, host } = await open({ maxHeldBytes: 1_000 });
    far.frame('first');
    await turn();
    const seen: string[] = [];
    for (let n = 0; far.closed === null; n++) {
      expect(n).toBeLessThan(12);
      far.sink.cursor(`${n}`);
      far.frame('x'.repeat(100));
      far.frame('y'.repeat(100));
      seen.push(`${n}`);
      await turn();
    }
    expect(far.closed).toEqual({ code: 4408, reason: undefined });
    expect(ofFrames(news())).toHaveLength(1);
    take();
    host.clock.advance(16);
    const words = news().at(-1)?.words ?? [];
    // both frames of the last place are there
    expect(ofFrames(news()).slice(1).flat()).toHaveLength(seen.length * 2);
    expect(words.at(-1)).toMatchObject([
      1,
      'ended',
      { why: 'lost', reason: 'the page took too long: over 1000 bytes waited for it' },
      0,
    ]);
    expect(words.filter(([, verb]) => verb === 'cursor').at(-1)).toEqual([1, 'cursor', seen.at(-1)]);
  });

  test('the empty ones count too, and other wires are not concerned', async () => {
    const { far, transport, start } = await open({ maxHeldBytes: 10_000 });
    start();
    const other = transport.last;
    other.accept();
    await turn();
    for (let n = 0; n < 1_000; n++) far.frame('');
    other.frame('x');
    await turn();
    expect([far.closed?.code, other.closed]).toEqual([4408, null]);
  });

  test('a page that takes what comes is not slow, however much that is, and one large frame is not much', async () => {
    const { far, take, news } = await open({ maxHeldBytes: 1_000 });
    for (let n = 0; n < 20; n++) {
      far.frame('x'.repeat(2 ** 20));
      take();
    }
    far.frame('x'.repeat(2 ** 20));
    far.frame('one that waits');
    await turn();
    expect([far.closed, ofFrames(news()).length]).toEqual([null, 21]);
    far.frame('and another'.repeat(100));
    await turn();
    expect(far.closed).toEqual({ code: 4408, reason: undefined });
  });
});

describe('keep', () => {
  test('what is refused does not cross, and yet somebody spoke', async () => {
    const { far, news } = await open({
      keep: (frame, of, meta) => of === 'live' && frame !== 'no' && meta?.type !== 'no',
    });
    far.frame('no');
    far.frame('x', { type: 'no' });
    far.frame('yes');
    far.sink.cursor('3');
    await turn();
    expect(
      news()
        .at(-1)
        ?.words.map(([, verb, what]) => [verb, what]),
    ).toEqual([
      ['pulse', undefined],
      ['frames', ['yes']],
      ['cursor', '3'],
    ]);
  });

  test('what it cannot judge crosses, with word of it', async () => {
    const { far, said } = await open({
      keep() {
        throw new Error('boom');
      },
    });
    far.frame('x');
    await turn();
    expect(said('fault')).toMatchObject([[1, 'fault', { kind: 'config', cause: { message: 'boom' } }, 'x']]);
    expect(said('frames')).toHaveLength(1);
  });
});

/** The same, whose wires say this of themselves. */
const knowing = (transport: Transport, name: 'bufferedAmount' | 'spent', get: () => number | boolean): Transport => ({
  ...{ name: 'knowing', renewable: false },
  dial: (sink, asked) => Object.defineProperty(transport.dial(sink, asked), name, { get }),
});

describe('what is sent', () => {
  test('the page hears how much came, is held and is stuck, also later', async () => {
    let held = 0;
    const transport = createScriptedTransport();
    const { start, order, said, host } = pageOf({ live: knowing(transport, 'bufferedAmount', () => held) });
    start();
    transport.last.accept();
    held = 7;
    order({ t: 'send', wire: 1, frames: ['a', ''] });
    expect(transport.last.sent).toEqual(['a', '']);
    expect(said('flow').at(-1)).toEqual([1, 'flow', { came: 2, held: 7, blocked: false, spent: undefined }]);
    transport.last.block(true);
    order({ t: 'send', wire: 1, frames: ['bcd', Uint8Array.of(1)] });
    expect(said('flow').at(-1)).toEqual([1, 'flow', { came: 2, held: 11, blocked: true, spent: undefined }]);
    held = 2;
    host.clock.advance(20);
    expect(said('flow').at(-1)).toEqual([1, 'flow', { came: 0, held: 6, blocked: true, spent: undefined }]);
    const before = said('flow').length;
    host.clock.advance(200);
    expect(said('flow')).toHaveLength(before);
    transport.last.block(false);
    held = 0;
    host.clock.advance(20);
    expect(transport.last.sent.slice(2)).toEqual(['bcd', Uint8Array.of(1)]);
    expect(said('flow').at(-1)).toEqual([1, 'flow', { came: 0, held: 0, blocked: false, spent: undefined }]);
    transport.last.drop();
    host.clock.advance(1_000);
    expect(host.clock.pending).toBe(0);
  });

  test('a wire that says inside `send` that it is free is given each once, in order', () => {
    const sent: Data[] = [];
    const eager: Transport = {
      name: 'eager',
      renewable: false,
      dial(sink) {
        const send = (data: Data): true => {
          sent.push(data);
          if (sent.length < 10) sink.writable();
          return true;
        };
        queueMicrotask(sink.opened);
        return { send, bufferedAmount: 0, close: () => {} };
      },
    };
    const page = pageOf({ live: eager });
    page.start();
    page.order({ t: 'send', wire: 1, frames: ['a', 'b', 'c'] });
    expect(sent).toEqual(['a', 'b', 'c']);
    page.stop();
  });

  test('what never left is counted at the end', async () => {
    const { far, order, said } = await open();
    far.block(true);
    order({ t: 'send', wire: 1, frames: ['1', '2'] });
    far.drop();
    await turn();
    expect(said('ended')).toEqual([[1, 'ended', { why: 'lost', cause: undefined }, 2]]);
  });

  test('a request that must not be repeated is known to have left, though the wire says no word of it', () => {
    let spent = false;
    const transport = createScriptedTransport();
    const { start, said, host } = pageOf({ live: knowing(transport, 'spent', () => spent) });
    start();
    expect(said('flow').at(-1)).toMatchObject([1, 'flow', { spent: false }]);
    spent = true;
    host.clock.advance(20);
    expect(said('flow').at(-1)).toMatchObject([1, 'flow', { spent: true }]);
    host.clock.advance(1_000);
    expect(host.clock.pending).toBe(0);
  });
});

describe('dials', () => {
  test('by name, and made of what the page gives', async () => {
    const plain = createScriptedTransport({ renewable: true, readOnly: 'only listens' });
    const made = createScriptedTransport();
    const given: unknown[] = [];
    const page = pageOf({
      first: plain,
      room: (what: { readonly id: number }) => (given.push(what.id), made),
      broken() {
        throw new Error('no such room');
      },
    });
    page.start({ cursor: '7', session: 's', maxMessageBytes: 9, credentials: 'expired', auth: 'said' });
    page.start({ of: 'room', given: { id: 5 } });
    page.start({ of: 'broken' });
    page.start({ of: 'toString' });
    expect(plain.last.dial).toMatchObject({
      ...{ cursor: '7', session: 's', maxMessageBytes: 9, credentials: 'expired', auth: 'said' },
    });
    expect(page.said('made')[0]).toEqual([1, 'made', { renewable: true, readOnly: 'only listens' }]);
    expect([given, made.dials.length]).toEqual([[5], 1]);
    await turn();
    const failed = { why: 'refused', verdict: 'failed', kind: 'config' };
    expect(page.said('ended')).toMatchObject([
      [3, 'ended', { ...failed, reason: 'the worker: no such room' }, 0],
      [
        4,
        'ended',
        { ...failed, reason: "the worker: serveWorker has no transport 'toString', it has first, room, broken" },
        0,
      ],
    ]);
  });

  test('ready at once, and there when it is asked', () => {
    const { reports, order } = pageOf({});
    expect(reports).toEqual([{ v: 1, words: [] }]);
    order({ t: 'ping' });
    expect(reports).toHaveLength(2);
  });

  test('closing lets go of the wire, and of all of them', async () => {
    const { far, order, transport, start, stop } = await open();
    order({ t: 'close', wire: 1, code: 4000, reason: 'bye' });
    expect(far.closed).toEqual({ code: 4000, reason: 'bye' });
    far.sink.frame('late');
    far.sink.ended({ why: 'lost' });
    order({ t: 'close', wire: 1 }, { t: 'send', wire: 1, frames: ['late'] });
    expect(far.sent).toEqual([]);
    start();
    stop();
    expect(transport.last.live).toBe(false);
  });

  test('the far end said over the wire that it is over', async () => {
    const { far, order, said } = await open();
    order({ t: 'ends', wire: 1, end: { why: 'lost', code: 1012 } });
    await turn();
    expect(far.live).toBe(false);
    expect(said('ended')).toMatchObject([[1, 'ended', { code: 1012 }, 0]]);
  });

  test('errors cross as they can', async () => {
    const { far, said } = await open();
    const cause = Object.assign(new RangeError('deep'), { notThis: () => {} });
    far.sink.fault(new RealtimeError('too-large', 'big', { code: 9, cause }), new Uint8Array(10).subarray(0, 1));
    far.drop({ cause: 'a word' });
    await turn();
    expect(said('fault')).toEqual([
      [
        1,
        'fault',
        {
          kind: 'too-large',
          message: 'big',
          code: 9,
          reason: undefined,
          cause: { name: 'RangeError', message: 'deep' },
        },
        Uint8Array.of(0),
      ],
    ]);
    expect(said('ended')).toMatchObject([[1, 'ended', { cause: { name: 'Error', message: 'a word' } }, 0]]);
  });

  test('whether the page is seen', () => {
    const transport = createScriptedTransport();
    const { start, order } = pageOf({ live: transport });
    start();
    const { focus } = transport.last.dial.host;
    const heard: string[] = [];
    focus.subscribe(() => heard.push(focus.getSnapshot()));
    order({ t: 'focus', focus: 'hidden' }, { t: 'focus', focus: 'visible' });
    expect(heard).toEqual(['hidden', 'visible']);
  });
});

describe('credentials', () => {
  const asking = { via: 'message', queryName: undefined, hasMessage: true } as const;

  test('the page is asked for each, and what it made of them is the first frame', async () => {
    const sockets = createFakeWebSocket();
    const page = pageOf({ live: webSocket('ws://x/', { WebSocket: sockets.WebSocket }) });
    page.start({ auth: asking, credentials: 'refresh' });
    await turn();
    expect(sockets.sockets).toHaveLength(0);
    expect(page.said('ask')).toEqual([[1, 'ask', 1, 'refresh']]);
    page.order({ t: 'token', wire: 1, ask: 1, answer: { token: 'secret', first: 'I am secret' } });
    await turn();
    sockets.last.accept();
    expect(sockets.last.sent).toEqual(['I am secret']);
  });

  test.each([
    [{ error: { name: 'NotAllowedError', message: 'no' } }, { kind: 'forbidden', verdict: 'failed' }],
    [
      { token: 'x', first: { name: 'Error', message: 'bad' } },
      { kind: 'config', reason: '`auth.message` threw' },
    ],
    [
      { error: { name: 'Error', message: 'offline' } },
      { why: 'refused', reason: expect.stringContaining('offline') as string },
    ],
  ])('%j', async (answer, end) => {
    const sockets = createFakeWebSocket((socket) => socket.accept());
    const page = pageOf({ live: webSocket('ws://x/', { WebSocket: sockets.WebSocket }) });
    page.start({ auth: asking });
    page.order({ t: 'token', wire: 1, ask: 1, answer: answer as never });
    await turn();
    await turn();
    expect(page.said('ended')).toMatchObject([[1, 'ended', end, 0]]);
  });

  test('asked several times by one wire, each has its own answer', async () => {
    const transport = createScriptedTransport();
    const page = pageOf({ live: transport });
    page.start({ auth: { via: 'header', queryName: 'q', hasMessage: false } });
    const auth = transport.last.dial.auth as Auth;
    expect([auth.via, auth.queryName, auth.message]).toEqual(['header', 'q', undefined]);
    const [one, two] = [auth.getToken('connect'), auth.getToken('expired')];
    page.order({ t: 'token', wire: 1, ask: 2, answer: { token: null } });
    page.order({ t: 'token', wire: 1, ask: 1, answer: { token: 'a' } });
    expect(await Promise.all([one, two])).toEqual(['a', null]);
  });
});
