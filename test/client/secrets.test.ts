// No token in anything that is shown, thrown, logged or handed on: every way to fail, with a secret in it.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFeed } from '../../src/feed/create-feed.js';
import { ladder } from '../../src/client/ladder.js';
import { createRealtimeClient, type RealtimeClientOptions } from '../../src/client/realtime-client.js';
import { createFakeFetch, type FakeRequest } from '../../src/testing/fake-fetch.js';
import { createFakeWebSocket, type FakeSocket } from '../../src/testing/fake-web-socket.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { fallback } from '../../src/transport/fallback.js';
import { turn } from '../support/dial.js';

type Via = NonNullable<NonNullable<RealtimeClientOptions['auth']>['via']>;

const SECRET = 'SECRET of/ada+č';
const PASSWORD = 'SECRET-password';
const ADDRESS = `https://ada:${PASSWORD}@example.com/live?room=a`;

/** Everything that an error says: its own words, those of its causes, and what JSON and a console make of it. */
function wordsOf(value: unknown, depth = 8): string {
  if (typeof value !== 'object' || value === null || depth === 0) return String(value);
  const { message, stack, cause } = value as Partial<Error>;
  const own = Object.entries(value).map(([name, each]) => `${name} ${wordsOf(each, depth - 1)}`);
  return [message, stack, JSON.stringify(value), ...own, cause && wordsOf(cause, depth - 1)].join(' ');
}
const hides = (text: string): void => {
  for (const secret of [SECRET, encodeURIComponent(SECRET), new URLSearchParams({ '': SECRET }).toString().slice(1)])
    expect(text).not.toContain(secret);
  expect(text).not.toContain('SECRET');
};

const logged: unknown[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...args: unknown[]) => void logged.push(...args));
});
afterEach(() => vi.restoreAllMocks());

/** How a far end fails over a WebSocket, and over a request; what it says repeats the token. */
const failures: readonly {
  readonly what: string;
  readonly socket?: (socket: FakeSocket) => void;
  readonly request?: (request: FakeRequest) => void;
  readonly options?: Pick<RealtimeClientOptions, 'connectTimeoutMs' | 'idleTimeoutMs' | 'stableMs'>;
}[] = [
  { what: 'no handshake', socket: (far) => far.drop(1006), request: (far) => far.fail() },
  ...[401, 403, 404, 429, 500, 503].map((status) => ({
    what: `status ${status}`,
    request: (far: FakeRequest) => far.answer(`no: ${SECRET}`, { status }),
  })),
  ...[1002, 1008, 1011, 4400, 4401, 4403, 4429].map((code) => ({
    what: `close ${code} before it opened`,
    socket: (far: FakeSocket) => far.drop(code, `no: ${SECRET}`),
  })),
  ...[1006, 1011, 4401, 4403].map((code) => ({
    what: `close ${code} after`,
    socket(far: FakeSocket) {
      far.accept();
      far.drop(code, `token '${SECRET}' and ?access_token=${encodeURIComponent(SECRET)}`);
    },
  })),
  { what: 'another protocol', socket: (far) => (far.accept(), far.message(`{"no":"${SECRET}"}`)) },
  { what: 'no JSON', socket: (far) => (far.accept(), far.message(`no: ${SECRET}`)) },
  { what: 'a page', request: (far) => far.answer(`<html>${SECRET}`, { headers: { 'content-type': 'text/html' } }) },
  { what: 'silence', socket: () => {}, request: () => {}, options: { connectTimeoutMs: 1_000 } },
  { what: 'silence after it opened', socket: (far) => far.accept(), options: { idleTimeoutMs: 2_000 } },
  { what: 'options that make no sense', options: { stableMs: -1 } },
];

const mistakes: readonly [string, () => never][] = [
  [
    'an error with the address',
    () => {
      throw new TypeError(`GET https://ada:${PASSWORD}@id.example/?access_token=${encodeURIComponent(SECRET)} failed`);
    },
  ],
  [
    'a cause with a header',
    () => {
      throw new Error('no', { cause: new Error(`authorization: Bearer ${encodeURIComponent(SECRET)}`) });
    },
  ],
  [
    'not allowed',
    () => {
      throw Object.assign(new Error(`?access_token=${encodeURIComponent(SECRET)}`), { name: 'NotAllowedError' });
    },
  ],
];

const vias: readonly Via[] = ['message', 'header', 'query', 'subprotocol', 'cookie'];

describe.each(vias)('via %s', (via) => {
  test.each(failures)('rooms: $what', async ({ socket, request, options }) => {
    const host = createManualHost();
    const far = createFakeWebSocket();
    const web = createFakeFetch();
    const told: unknown[] = [];
    const client = createRealtimeClient({
      transport: ladder(ADDRESS, { WebSocket: far.WebSocket, fetch: web.fetch }),
      auth: { via, getToken: () => SECRET },
      host,
      onError: (error) => void told.push(error),
      ...options,
    });
    client.connection.subscribe(() => void told.push(client.connection.getSnapshot()));
    const room = client.room('a');
    room.subscribe(() => void told.push(room.getSnapshot()));
    const sent = room.send('hello', { timeoutMs: 5_000 });
    for (let round = 0; round < 12; round++) {
      for (const each of far.sockets) if (each.readyState < 2) socket?.(each);
      for (const each of web.requests) if (each.live) request?.(each);
      await turn();
      host.clock.advance(1_000);
      await turn();
    }
    client.close();
    told.push(await sent.done);
    expect(told.length).toBeGreaterThan(1);
    hides(told.map((each) => wordsOf(each)).join('\n'));
    hides(logged.map((each) => wordsOf(each)).join('\n'));
  });

  test.each(failures)('a link: $what', async ({ socket, request, options }) => {
    const host = createManualHost();
    const far = createFakeWebSocket();
    const web = createFakeFetch();
    const auth = { via, getToken: () => SECRET };
    const told: unknown[] = [];
    const tell = (what: unknown): void => void told.push(what);
    const rungs = ladder(ADDRESS, { WebSocket: far.WebSocket, fetch: web.fetch });
    const feed = createFeed({
      // the transports of a link have their own credentials; here they come with the dial
      transport: fallback(rungs.map((each) => ({ ...each, dial: (sink, dial) => each.dial(sink, { ...dial, auth }) }))),
      host,
      ...options,
      onError: tell,
      onClose: tell,
    });
    feed.subscribe(() => tell({ ...feed.getSnapshot(), messages: [], lastMessage: null }));
    feed.connect();
    for (let round = 0; round < 12; round++) {
      for (const each of far.sockets) if (each.readyState < 2) socket?.(each);
      for (const each of web.requests) if (each.live) request?.(each);
      await turn();
      host.clock.advance(1_000);
      await turn();
    }
    feed.close();
    hides(told.map((each) => wordsOf(each)).join('\n'));
    hides(logged.map((each) => wordsOf(each)).join('\n'));
  });
});

test.each(mistakes)('what getToken throws: %s', async (_, getToken) => {
  const told: unknown[] = [];
  const host = createManualHost();
  const client = createRealtimeClient({
    transport: ladder(ADDRESS, { WebSocket: createFakeWebSocket().WebSocket }),
    auth: { getToken },
    host,
    onError: (error) => void told.push(error),
  });
  client.retain();
  await turn();
  host.clock.advance(100);
  told.push(client.getSnapshot());
  expect(told.length).toBeGreaterThan(1);
  hides(told.map((each) => wordsOf(each)).join('\n'));
  client.close();
});

test('what a server says of a room repeats no token either', async () => {
  const far = createFakeWebSocket();
  const told: unknown[] = [];
  const host = createManualHost();
  const client = createRealtimeClient({
    transport: ladder('wss://example.com/live', { WebSocket: far.WebSocket })[0] as never,
    auth: { getToken: () => SECRET },
    host,
    flush: 'sync',
    onError: (error) => void told.push(error),
  });
  const room = client.room('a');
  room.subscribe(() => void told.push(room.getSnapshot()));
  await turn();
  far.last.accept();
  const limits = { maxMessageBytes: 1_000, maxRooms: 100, maxPresenceBytes: 1_000, history: 100 };
  const say = (event: object): void => far.last.message(JSON.stringify(event));
  say({ t: 'welcome', v: 1, user: { id: 'ada' }, connection: 'a/1', limits, heartbeatMs: 25_000 });
  await turn();
  const message = `no: ${SECRET}`;
  say({ t: 'error', code: 'bad-request', message });
  say({ t: 'error', code: 'forbidden', message, room: 'a', join: 1 });
  say({ t: 'close', code: 4403, reason: message });
  told.push(client.getSnapshot());
  expect(room.getSnapshot().error?.message).toContain('no: …');
  expect(client.connection.getSnapshot().error?.message).toContain('no: …');
  hides(told.map((each) => wordsOf(each)).join('\n'));
  client.close();
});

test('nor do frames that are none, nor an end that repeats a token from before others were asked for beside the wire', async () => {
  const host = { ...createManualHost(), random: () => 0.5 };
  const ws = createScriptedTransport({ name: 'websocket' });
  const sse = createScriptedTransport({ name: 'sse' });
  const told: unknown[] = [];
  let asked = 0;
  const client = createRealtimeClient({
    transport: [ws, sse],
    auth: { getToken: () => `SECRET-${++asked}` },
    host,
    flush: 'sync',
    heartbeat: false,
    onError: (error) => void told.push(error),
  });
  client.retain();
  ws.last.drop({ why: 'refused', code: 1006 });
  sse.last.accept();
  const limits = { maxMessageBytes: 1_000, maxRooms: 100, maxPresenceBytes: 1_000, history: 100 };
  const welcome = { t: 'welcome', v: 1, user: { id: 'ada' }, connection: 'a/1', limits, heartbeatMs: 25_000 };
  sse.last.frame(JSON.stringify(welcome));
  sse.last.frame('SECRET-1');
  for (const ms of [30_000, 60_000]) {
    host.clock.advance(ms);
    ws.last.drop({ why: 'refused', code: 1006 });
  }
  expect(asked).toBe(3);
  sse.last.drop({ code: 4400, reason: 'no: SECRET-1' });
  told.push(client.getSnapshot());
  expect(told).toHaveLength(3);
  hides(told.map((each) => wordsOf(each)).join('\n'));
  expect(told[0]).toMatchObject({ kind: 'protocol' });
  client.close();
});
