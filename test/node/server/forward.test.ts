// Webhooks that go out: signed, in order, tried again, given up aloud; and nothing is left when they are stopped.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  createRealtimeServer,
  forward,
  type ForwardedEvent,
  type ForwardOptions,
  memory,
  type RoomEvent,
} from '../../../src/server.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';
import { closeHttp, listen } from './support.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtdGVzdHM=';

interface Got {
  readonly id: string;
  readonly data: unknown;
}

/** What comes to a real receiver whose signature is right; `answer` says how it takes it. */
async function receive(answer: (response: ServerResponse, turn: number, got: Got) => void, secret = SECRET) {
  const got: Got[] = [];
  const http = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const { data } = new Webhook(secret).verify(body, headers) as { data: { data: unknown } };
      const one = { id: String(headers['webhook-id']), data: data.data };
      got.push(one);
      answer(response, got.length, one);
    });
  });
  const url = await listen(http);
  onTestFinished(() => closeHttp(http));
  return { url, got, http };
}

async function startForward(url: string, options: Partial<ForwardOptions> = {}) {
  const realtime = createRealtimeServer();
  const dead: (readonly [ForwardedEvent, string])[] = [];
  const onDead = (event: ForwardedEvent, { kind }: { kind: string }): void => void dead.push([event, kind]);
  const stop = forward(realtime, { url, secret: SECRET, rooms: ['a', 'b'], initialDelayMs: 1, onDead, ...options });
  onTestFinished(async () => {
    stop();
    await realtime.close();
  });
  await Promise.resolve().then(() => {}); // the rooms of memory are heard in this turn
  await new Promise(setImmediate);
  return { realtime, dead, stop };
}
const dataOf = (got: readonly Got[]): readonly unknown[] => got.map(({ data }) => data);

it('what is said in the rooms is posted, signed; other rooms and what the filter leaves out are not', async () => {
  const { url, got } = await receive((response) => response.end());
  const { realtime } = await startForward(url, { filter: ({ type }) => type !== 'no', secret: [OTHER, SECRET] });
  realtime.publish('a', { n: 1 });
  realtime.publish('c', 'elsewhere');
  realtime.publish('a', 'left out', { type: 'no' });
  realtime.publish('a', new Uint8Array([1, 2]));
  await vi.waitFor(() => expect(dataOf(got)).toEqual([{ n: 1 }, 'AQI=']));
});

it('a receiver that fails three times has it at the fourth, under one id, and what follows waits for it', async () => {
  const { url, got } = await receive((response, turn) => void response.writeHead(turn <= 3 ? 500 : 204).end());
  const { realtime, dead } = await startForward(url);
  for (const each of [1, 2, 3]) realtime.publish('a', each);
  await vi.waitFor(() => expect(dataOf(got)).toEqual([1, 1, 1, 1, 2, 3]));
  expect(new Set(got.map(({ id }) => id)).size).toBe(3);
  expect(dead).toEqual([]);
});

it('a receiver that is down: five attempts with waits that grow, then the dead letter, and the next has its turn', async () => {
  const clock = createManualClock(Date.now());
  const waits: number[] = [];
  const counting = {
    ...clock,
    after(ms: number, run: () => void) {
      if (ms !== 10_000) waits.push(ms);
      return clock.after(ms, run);
    },
  };
  const { http, url } = await receive(() => {});
  await closeHttp(http);
  const { realtime, dead } = await startForward(url, { clock: counting, random: () => 0.5, initialDelayMs: 1_000 });
  realtime.publish('a', 'lost');
  for (let wait = 1; wait <= 4; wait++) {
    await vi.waitFor(() => expect(waits).toHaveLength(wait));
    clock.advance(waits.at(-1)!);
  }
  await vi.waitFor(() => expect(dead).toMatchObject([[{ room: 'a' }, 'lost']]));
  expect(waits).toEqual([750, 3_000, 12_000, 45_000]);
  expect(JSON.parse(dead[0]![0].body)).toMatchObject({ type: 'message', data: { room: 'a', data: 'lost' } });
  expect(clock.pending).toBe(0);
});

it('one that hangs is given its time, and holds up its own room only', async () => {
  const clock = createManualClock(Date.now());
  const { url, got } = await receive((response, _, { data }) => void (data !== 'hangs' && response.end()));
  const { realtime, dead } = await startForward(url, { clock, attempts: 1 });
  realtime.publish('a', 'hangs');
  realtime.publish('a', 'behind it');
  realtime.publish('b', 'beside it');
  await vi.waitFor(() => expect(new Set(dataOf(got))).toEqual(new Set(['hangs', 'beside it'])));
  clock.advance(10_000);
  await vi.waitFor(() => expect(dataOf(got)).toContain('behind it'));
  expect(dead.map(([, kind]) => kind)).toEqual(['timeout']);
});

it('410 is the last word on an event; a redirect is no delivery', async () => {
  const { url, got } = await receive((response, turn) =>
    turn === 1 ? response.writeHead(410).end() : response.writeHead(302, { location: '/' }).end(),
  );
  const { realtime, dead } = await startForward(url, { attempts: 2 });
  realtime.publish('a', 1);
  realtime.publish('a', 2);
  await vi.waitFor(() => expect(dead.map(([, kind]) => kind)).toEqual(['refused', 'refused']));
  expect(dataOf(got)).toEqual([1, 2, 2]);
});

it('what is too much to wait is dead at once; stopping says what was not delivered, and leaves no timer', async () => {
  const clock = createManualClock(Date.now());
  const { url, got } = await receive(() => {});
  const { realtime, dead, stop } = await startForward(url, { clock, maxQueued: 2 });
  for (const each of [1, 2, 3]) realtime.publish('a', each);
  await vi.waitFor(() => expect(got).toHaveLength(1));
  expect(dead.map(([{ body }, kind]) => [JSON.parse(body).data.data, kind])).toEqual([[3, 'overflow']]);
  expect(stop().map(({ body }) => JSON.parse(body).data.data)).toEqual([1, 2]);
  realtime.publish('a', 4);
  await vi.waitFor(() => expect(clock.pending).toBe(0));
  expect(got).toHaveLength(1);
});

it.each([
  ['it says so', true],
  ['the next message shows a hole', false],
])('what was said while the backplane was away is posted, in order and once, when %s', async (_, isTold) => {
  const { url, got } = await receive((response) => response.end());
  const rooms = memory();
  let isAway = false;
  const listeners: ((event: RoomEvent) => void)[] = [];
  const realtime = createRealtimeServer({
    backplane: {
      ...rooms,
      subscribe(room, listener) {
        listeners.push(listener);
        return rooms.subscribe(room, (event) => void (isAway || listener(event)));
      },
    },
  });
  const stop = forward(realtime, { url, secret: SECRET, rooms: ['a'] });
  onTestFinished(async () => {
    stop();
    await realtime.close();
  });
  await new Promise(setImmediate);
  for (const [away, data] of [
    [false, 1],
    [true, 2],
    [true, 3],
  ] as const) {
    isAway = away;
    realtime.publish('a', data);
  }
  isAway = false;
  if (isTold) for (const each of listeners) each({ kind: 'resync' });
  realtime.publish('a', 4);
  await vi.waitFor(() => expect(dataOf(got)).toEqual([1, 2, 3, 4]));
});

it('options that make no sense are said at once', () => {
  const realtime = createRealtimeServer();
  const good = { url: 'http://127.0.0.1:1', secret: SECRET, rooms: [] };
  for (const wrong of [{ url: 'example.com' }, { secret: '!' }, { attempts: 0 }, { timeoutMs: NaN }, { maxQueued: 0 }])
    expect(() => forward(realtime, { ...good, ...wrong })).toThrow(/`(url|secret|attempts|timeoutMs|maxQueued)`/);
});
