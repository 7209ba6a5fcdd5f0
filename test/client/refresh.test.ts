// Credentials of a client of rooms: one question at a time, new ones in place before the old ones end, and who is asked when.

import { describe, expect, test, vi } from 'vitest';
import { createRefresh } from '../../src/client/refresh.js';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { createRoomsWorld, limits, ME, type RoomsWorld } from './rooms-world.js';

type RealtimeAuth = NonNullable<RealtimeClientOptions['auth']>;
type Reason = Parameters<RealtimeAuth['getToken']>[0];

/** A world, who was asked for tokens in it and when, and how the questions are answered. */
function createAuthWorld(auth: Partial<RealtimeAuth> = {}, options: Partial<RealtimeClientOptions> = {}) {
  const asked: Reason[] = [];
  const askedAt: number[] = [];
  const answers: { readonly give: (token: string | null) => void; readonly fail: (error: unknown) => void }[] = [];
  const statuses: string[] = [];
  const world = createRoomsWorld({
    auth: {
      getToken(reason) {
        asked.push(reason);
        askedAt.push(world.host.clock.now());
        return new Promise((give, fail) => void answers.push({ give, fail }));
      },
      ...auth,
    },
    ...options,
  });
  world.client.connection.subscribe(() => void statuses.push(world.client.connection.getSnapshot().status));
  const answer = async (token: string | null | Error, index = answers.length - 1): Promise<void> => {
    if (token instanceof Error) answers[index]?.fail(token);
    else answers[index]?.give(token);
    await world.settle();
  };
  const advance = async (ms: number): Promise<void> => {
    world.host.clock.advance(ms);
    await world.settle();
  };
  const welcome = async (expiresInMs?: number, user = ME): Promise<void> => {
    world.far.last.accept();
    world.tell({
      ...{ t: 'welcome', v: 1, user: { id: user }, connection: `${user}/1`, limits, heartbeatMs: 25_000 },
      ...{ expiresInMs },
    });
    await world.settle();
  };
  const tokens = (events: ReturnType<RoomsWorld['said']>): unknown[] => events.map(({ token }) => token);
  return { ...world, world, asked, askedAt, statuses, answer, advance, welcome, tokens };
}

/** Open, as `ada` for `expiresInMs`. */
async function createOpen(expiresInMs?: number, auth: Partial<RealtimeAuth> = {}) {
  const it = createAuthWorld(auth);
  it.client.retain();
  await it.answer('t1');
  await it.welcome(expiresInMs);
  it.statuses.length = 0;
  return it;
}

const notAllowed = (): Error => Object.assign(new Error('you were let go'), { name: 'NotAllowedError' });

describe('in place', () => {
  test('30 s before the end it is asked, said and answered; the next term follows; no reconnect, no flicker', async () => {
    const it = await createOpen(600_000);
    await it.advance(569_999);
    expect(it.asked).toEqual(['connect']);
    await it.advance(1);
    expect(it.asked).toEqual(['connect', 'refresh']);
    expect(it.said('auth')).toEqual([]);
    await it.answer('t2');
    expect(it.said('auth')).toEqual([{ t: 'auth', token: 't2' }]);
    it.tell({ t: 'authed', expiresInMs: 100_000 });
    await it.advance(69_999);
    expect(it.asked).toHaveLength(2);
    await it.advance(1);
    await it.answer('t3');
    expect(it.tokens(it.said('auth'))).toEqual(['t2', 't3']);
    it.tell({ t: 'authed' });
    await it.advance(10_000_000);
    expect(it.asked).toEqual(['connect', 'refresh', 'refresh']);
    expect([it.far.dials.length, it.statuses, it.errors]).toEqual([1, [], []]);
  });

  test.each([
    [40_000, undefined, 20_000], // never before half of it
    [300, undefined, 150],
    [60_000, 5_000, 55_000],
    [60_000, 0, 60_000],
    [60_000, NaN, 30_000], // nonsense is the default
    [60_000, Infinity, 30_000],
    [0, undefined, 100], // a server that says "now" is not asked again and again
    [2 ** 33, undefined, 2 ** 33 - 30_000], // longer than a timer holds
  ])('%i ms, %s before: after %i', async (expiresInMs, refreshBeforeMs, at) => {
    const it = await createOpen(expiresInMs, { refreshBeforeMs });
    await it.advance(at - 1);
    expect(it.asked).toHaveLength(1);
    await it.advance(1);
    expect(it.asked).toHaveLength(2);
    expect(it.askedAt[1]).toBe(at);
  });

  test.each([undefined, NaN, -1, Infinity])('a term of %s is none', (expiresInMs) => {
    const clock = createManualClock();
    const ask = vi.fn(() => null);
    const parts = { clock, random: () => 0, beforeMs: () => undefined, ask, show: () => {}, refused: () => {} };
    createRefresh(parts).due(expiresInMs);
    expect(clock.pending).toBe(0);
  });

  test('it throws: asked again with growing waits, until the server closes; then once by force, on a new link', async () => {
    const it = await createOpen(60_000);
    await it.advance(30_000);
    for (let turn = 0; turn < 4; turn++) {
      await it.answer(new Error('down'));
      const { length } = it.asked;
      while (it.asked.length === length) await it.advance(10);
    }
    const waits = it.askedAt.slice(2).map((at, index) => at - (it.askedAt[index + 1] ?? 0));
    const most = [500, 1_000, 2_000, 4_000];
    waits.forEach((wait, index) => expect(wait).toBeLessThanOrEqual((most[index] ?? 0) + 10));
    expect(it.asked).toEqual(['connect', 'refresh', 'refresh', 'refresh', 'refresh', 'refresh']);
    expect([it.far.dials.length, it.statuses, it.errors]).toEqual([1, [], []]);

    await it.answer(new Error('down'));
    it.far.last.drop({ code: 4401 });
    await it.settle();
    expect(it.asked.slice(6)).toEqual(['expired']);
    await it.answer('t2');
    expect(it.far.dials).toHaveLength(2);
    await it.welcome(600_000);
    expect(it.tokens(it.said('hello'))).toEqual(['t2']);
    expect(it.client.connection.getSnapshot()).toMatchObject({ status: 'open', error: null });
    await it.advance(500_000);
    expect(it.asked).toHaveLength(7);
  });

  test('"not allowed": the connection ends, failed and forbidden, and nobody is asked again', async () => {
    const it = await createOpen(60_000);
    await it.advance(30_000);
    await it.answer(notAllowed());
    expect(it.client.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'forbidden' } });
    expect(it.far.last.closed).toMatchObject({ code: 1000 });
    await it.advance(10_000_000);
    expect([it.asked.length, it.far.dials.length, it.host.clock.pending]).toEqual([2, 1, 0]);
  });

  test('it never answers: asked again after 10 s; what the old question brings late is not said', async () => {
    const it = await createOpen(120_000);
    await it.advance(90_000);
    await it.advance(9_999);
    expect(it.asked).toHaveLength(2);
    await it.advance(501);
    expect(it.asked).toHaveLength(3);
    await it.answer('late', 1);
    expect(it.said('auth')).toEqual([]);
    await it.answer('t3');
    expect(it.tokens(it.said('auth'))).toEqual(['t3']);
  });

  test('null: nothing is said, and the link stays until the server ends it', async () => {
    const it = await createOpen(60_000);
    await it.advance(30_000);
    await it.answer(null);
    await it.advance(1_000_000);
    expect([it.asked.length, it.said('auth'), it.statuses]).toEqual([2, [], []]);
  });

  test('a token that comes when its link is gone is said on no other', async () => {
    const it = await createOpen(60_000);
    await it.advance(30_000);
    it.far.last.drop();
    await it.advance(600);
    // the dial shares the question
    expect(it.asked).toEqual(['connect', 'refresh']);
    await it.answer('t2');
    await it.welcome();
    expect([it.tokens(it.saidEver('hello')), it.saidEver('auth')]).toEqual([['t1', 't2'], []]);
  });

  test('wall clocks are nobody’s business: ten minutes off, and it is asked at the same moment', async () => {
    const it = await createOpen(600_000);
    for (const jump of [600_000, -1_200_000]) {
      it.host.clock.jump(jump);
      await it.advance(284_999);
      expect(it.asked).toHaveLength(1);
    }
    await it.advance(2);
    expect(it.asked).toHaveLength(2);
  });

  test('a cookie is not said on a wire: nobody is asked in place', async () => {
    const it = await createOpen(60_000, { via: 'cookie' });
    await it.advance(1_000_000);
    expect(it.asked).toEqual(['connect']);
    expect(it.said('hello')[0]).not.toHaveProperty('token');
  });

  test('without anybody to ask, a term is only told', async () => {
    const world = createRoomsWorld();
    world.client.retain();
    world.far.last.accept();
    world.tell({
      ...{ t: 'welcome', v: 1, user: { id: ME }, connection: 'me/1', limits, heartbeatMs: 25_000, expiresInMs: 1_000 },
    });
    expect(world.host.clock.pending).toBe(0);
  });
});

describe('one question at a time', () => {
  test('a ladder asks once per dial, before its first rung: a slow answer costs no rung its time', async () => {
    const rungs = ['websocket', 'sse', 'long-poll', 'poll'].map((name) => createScriptedTransport({ name }));
    const it = createAuthWorld({}, { transport: rungs, connectTimeoutMs: 60_000 });
    it.client.retain();
    await it.advance(9_000);
    expect(rungs.map(({ dials }) => dials.length)).toEqual([0, 0, 0, 0]);
    await it.answer('t1');
    for (const rung of rungs.slice(0, 3)) {
      rung.last.drop({ why: 'refused' });
      await it.settle();
    }
    rungs[3]?.last.accept();
    expect(rungs.map(({ dials }) => dials.length)).toEqual([1, 1, 1, 1]);
    expect(it.asked).toEqual(['connect']);
    expect(rungs[3]?.last.sent.map((frame) => JSON.parse(String(frame)) as unknown)).toMatchObject([{ token: 't1' }]);
  });

  test('a better rung is tried beside the one that stands: with a token of that moment, asked for once', async () => {
    const rungs = ['websocket', 'sse'].map((name) => createScriptedTransport({ name }));
    const it = createAuthWorld({}, { transport: rungs });
    it.client.retain();
    await it.answer('t1');
    rungs[0]?.last.drop({ why: 'refused' });
    rungs[1]?.last.accept();
    const welcome = { t: 'welcome', v: 1, user: { id: ME }, connection: 'me/1', limits, heartbeatMs: 25_000 };
    rungs[1]?.last.frame(JSON.stringify({ ...welcome, expiresInMs: 1_000_000 }));
    expect(it.client.connection.getSnapshot().status).toBe('open');
    for (let second = 0; second < 900 && it.asked.length === 1; second++) await it.advance(1_000);
    expect(it.asked).toEqual(['connect', 'refresh']);
    await it.answer('t2');
    rungs[0]?.last.accept();
    expect(rungs[0]?.dials).toHaveLength(2);
    expect(JSON.parse(String(rungs[0]?.last.sent[0]))).toMatchObject({ t: 'hello', token: 't2' });
    expect(it.asked).toHaveLength(2);
  });

  test('a dial that never hears: given up after the connect timeout, and the next one asks anew', async () => {
    const it = createAuthWorld();
    it.client.retain();
    await it.advance(10_000);
    expect(it.client.connection.getSnapshot()).toMatchObject({ status: 'connecting', error: { kind: 'timeout' } });
    await it.advance(600);
    expect(it.asked).toEqual(['connect', 'refresh']);
    await it.answer('t2');
    await it.answer('late', 0);
    expect(it.far.dials).toHaveLength(1);
    await it.welcome();
    expect(it.tokens(it.saidEver('hello'))).toEqual(['t2']);
  });

  test('many dials while one question is open: one question, and nobody who is gone is dialled for', async () => {
    const it = createAuthWorld();
    it.client.retain();
    for (let turn = 0; turn < 5; turn++) {
      it.client.disconnect();
      it.client.connect();
    }
    await it.settle();
    expect(it.asked).toEqual(['connect']);
    await it.answer('t1');
    expect(it.far.dials).toHaveLength(1);
  });

  test('refused while a refresh is under way: its answer is taken, unless it is the refused token', async () => {
    for (const [first, wanted] of [
      ['t2', ['t2']],
      ['t1', ['t3']],
    ] as const) {
      const it = await createOpen(60_000);
      await it.advance(30_000);
      it.far.last.drop({ code: 4401 });
      await it.settle();
      expect(it.asked).toEqual(['connect', 'refresh']);
      await it.answer(first);
      if (first === 't1') await it.answer('t3');
      expect(it.asked.slice(2)).toEqual(first === 't1' ? ['expired'] : []);
      await it.welcome();
      expect(it.tokens(it.said('hello'))).toEqual(wanted);
    }
  });

  test('4401 for the fresh one as well: failed, unauthorized, with no third question', async () => {
    const it = createAuthWorld();
    it.client.retain();
    for (const token of ['t1', 't2']) {
      await it.answer(token);
      it.far.last.accept();
      it.tell({ t: 'close', code: 4401, reason: 'not with these credentials' });
      await it.settle();
    }
    await it.advance(10_000_000);
    expect(it.asked).toEqual(['connect', 'expired']);
    expect(it.client.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'unauthorized' } });
  });
});

describe('how the token travels', () => {
  test('on the requests of those transports that can; hello carries none', async () => {
    const rungs = ['websocket', 'sse'].map((name) => createScriptedTransport({ name }));
    const it = createAuthWorld({ via: 'query', queryName: 'ticket' }, { transport: rungs });
    it.client.retain();
    await it.answer('t1');
    const carried = rungs[0]?.last.dial.auth;
    expect(carried).toMatchObject({ via: 'query', queryName: 'ticket' });
    expect(typeof carried === 'object' && carried.getToken('connect')).toBe('t1');
    rungs[0]?.last.accept();
    expect(JSON.parse(String(rungs[0]?.last.sent[0]))).not.toHaveProperty('token');
    expect(it.asked).toEqual(['connect']);
  });

  test('what is renewed in place is what later requests carry', async () => {
    const it = await createOpen(60_000, { via: 'header' });
    const carried = it.far.last.dial.auth;
    await it.advance(30_000);
    await it.answer('t2');
    expect(it.said('auth')).toEqual([{ t: 'auth', token: 't2' }]);
    expect(typeof carried === 'object' && carried.getToken('connect')).toBe('t2');
  });

  test('by default it is said, and the transports are told so', async () => {
    const it = await createOpen();
    expect(it.far.last.dial.auth).toBe('said');
    expect(it.tokens(it.said('hello'))).toEqual(['t1']);
  });

  test('a way that is none: told, and nobody is asked', async () => {
    const it = createAuthWorld({ via: 'pigeon' as never });
    it.client.retain();
    await it.settle();
    expect(it.client.connection.getSnapshot()).toMatchObject({ status: 'failed', error: { kind: 'config' } });
    expect([it.asked, it.far.dials]).toEqual([[], []]);
  });
});
