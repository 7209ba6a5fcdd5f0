// @vitest-environment node
// What a client of rooms, and a feed, make of a link that moves to a better wire: by script, on a manual clock.

import { describe, expect, test } from 'vitest';
import { createFeed } from '../../src/feed/create-feed.js';
import { createRealtimeClient, type RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedTransport } from '../../src/testing/scripted-transport.js';
import { fallback } from '../../src/transport/fallback.js';
import { limits, messageFrame, type Said } from './rooms-world.js';

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
const said = (rung: ScriptedTransport, t?: string): readonly Said[] =>
  rung.last.sent
    .flatMap((frame) => JSON.parse(String(frame)) as Said | readonly Said[])
    .filter((each) => t === undefined || each.t === t);
const tell = (rung: ScriptedTransport, ...events: readonly object[]): void => rung.last.frame(JSON.stringify(events));
const welcome = (rung: ScriptedTransport): void => {
  rung.last.accept();
  const event = { t: 'welcome', v: 1, user: { id: 'me' }, connection: 'me/1', limits, heartbeatMs: 25_000 };
  tell(rung, event);
};
const joined = (rung: ScriptedTransport, fields: object = {}): void => {
  const join = said(rung, 'join').at(-1)?.['join'];
  tell(rung, { t: 'joined', room: 'a', join, epoch: 'e', offset: 0, messages: [], more: false, ...fields });
};

/** WebSocket is refused, SSE carries, the room `a` is joined there. */
async function onSse(options: Partial<RealtimeClientOptions> = {}) {
  const manual = createManualHost();
  const host = { ...manual, random: () => 0.5 };
  const ws = createScriptedTransport({ name: 'websocket' });
  const sse = createScriptedTransport({ name: 'sse' });
  const client = createRealtimeClient({
    transport: [ws, sse],
    host,
    flush: 'sync',
    heartbeat: false,
    ...options,
  });
  const states: string[] = [];
  client.connection.subscribe(() => {
    const { status, transport } = client.connection.getSnapshot();
    states.push(transport === null ? status : `${status} ${transport}`);
  });
  const room = client.room('a');
  const heard: (number | null)[] = [];
  room.on('message', ({ offset }) => void heard.push(offset));
  const leave = room.subscribe(() => {});
  await settle();
  ws.last.drop({ why: 'refused', code: 1006 });
  await settle();
  welcome(sse);
  await settle();
  joined(sse);
  const pass = async (ms: number): Promise<void> => {
    manual.clock.advance(ms);
    await settle();
  };
  return { ws, sse, client, room, heard, leave, states, pass, manual };
}

describe('rooms', () => {
  test('the status stays open; the transport is another, and nothing is skipped any more', async () => {
    const { ws, client, states, pass } = await onSse();
    expect(client.connection.getSnapshot()).toMatchObject({
      transport: 'sse',
      skipped: [{ transport: 'websocket', why: 'refused (1006)' }],
    });
    const { skipped } = client.connection.getSnapshot();
    await pass(30_000);
    expect(client.connection.getSnapshot().skipped).toBe(skipped);
    welcome(ws);
    expect(client.connection.getSnapshot()).toMatchObject({ status: 'open', transport: 'websocket', skipped: [] });
    expect(states).toEqual(['connecting', 'open sse', 'open websocket']);
  });

  test('why the better one is not in use is told again when a look found another reason, and once', async () => {
    const { ws, client, states, pass } = await onSse();
    await pass(30_000);
    ws.last.drop({ why: 'refused', code: 1006 });
    expect(states).toEqual(['connecting', 'open sse']);
    await pass(60_000);
    await pass(1_000);
    expect(client.connection.getSnapshot().skipped).toEqual([{ transport: 'websocket', why: 'timeout' }]);
    expect(states).toEqual(['connecting', 'open sse', 'open sse']);
    const before = client.connection.getSnapshot();
    await pass(120_000);
    await pass(4_000);
    expect(client.connection.getSnapshot()).toBe(before);
  });

  test('an error names the one that failed, and where all did says which and why in one sentence', async () => {
    const { ws, sse, client, pass } = await onSse();
    sse.last.drop({ code: 1011, reason: 'out of memory' });
    await settle();
    expect(client.connection.getSnapshot().error?.message).toBe('sse lost (1011): out of memory.');
    await pass(600);
    sse.last.drop({ why: 'refused', code: 404 });
    await settle();
    ws.last.drop({ why: 'refused', code: 503, reason: 'busy' });
    await settle();
    expect(client.connection.getSnapshot().error?.message).toBe('sse refused (404), websocket refused (503): busy.');
  });

  test.each([
    ['websocket timeout: no link within 100 ms.', { connectTimeoutMs: 100 }, 100],
    [
      'sse timeout (4408): no answer to the heartbeat within 100 ms.',
      { heartbeat: { intervalMs: 10, timeoutMs: 100 } },
      110,
    ],
  ] as const)('so does one of our own patience: %s', async (message, options, ms) => {
    const { ws, sse, client, pass } = await onSse(options);
    if ('connectTimeoutMs' in options) {
      sse.last.drop();
      await pass(300);
      sse.last.drop({ why: 'refused', code: 404 });
      await settle();
      expect(ws.live).toBe(1);
    }
    await pass(ms);
    expect(client.connection.getSnapshot().error?.message).toBe(message);
  });

  test('it is said hello with the same key, and rooms are joined again where they were', async () => {
    const { ws, sse, pass, room, heard } = await onSse();
    tell(sse, { t: 'message', room: 'a', ...messageFrame(1) }, { t: 'message', room: 'a', ...messageFrame(2) });
    await pass(30_000);
    ws.last.accept();
    await settle();
    expect(said(ws)).toEqual([expect.objectContaining({ t: 'hello', key: said(sse, 'hello')[0]?.['key'] })]);
    // this one arrives on the old wire while the server changes over
    tell(sse, { t: 'message', room: 'a', ...messageFrame(3) });
    welcome(ws);
    await settle();
    expect(sse.last.closed).not.toBeNull();
    expect(said(ws, 'join')).toEqual([expect.objectContaining({ room: 'a', since: { epoch: 'e', offset: 3 } })]);
    joined(ws, { offset: 5, messages: [messageFrame(4), messageFrame(5)] });
    tell(ws, { t: 'message', room: 'a', ...messageFrame(6) });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
    expect(room.getSnapshot()).toMatchObject({ status: 'joined', gap: null });
  });

  test('what was not acknowledged is said again, in order and once; what had not left leaves there', async () => {
    const { ws, sse, pass, room } = await onSse();
    const receipts: RoomReceipt[] = [];
    const send = (data: number): void =>
      void room.send(data, { id: `m${data}`, timeoutMs: 600_000 }).done.then((receipt) => receipts.push(receipt));
    send(1);
    await settle();
    send(2);
    await settle();
    tell(sse, { t: 'ack', room: 'a', id: 'm1', epoch: 'e', offset: 1, at: 1 });
    sse.last.block(true);
    send(3);
    await settle();
    await pass(30_000);
    ws.last.accept();
    await settle();
    send(4);
    await settle();
    welcome(ws);
    await settle();
    expect(said(ws, 'publish')).toEqual([]); // first the room
    joined(ws, { offset: 1 });
    await settle();
    expect(said(ws, 'publish').map(({ id }) => id)).toEqual(['m2', 'm3', 'm4']);
    expect(said(sse, 'publish').map(({ id }) => id)).toEqual(['m1', 'm2']);
    for (const [at, id] of ['m2', 'm3', 'm4'].entries())
      tell(ws, { t: 'ack', room: 'a', id, epoch: 'e', offset: 2 + at, at: 1 });
    await settle();
    expect(receipts.map(({ id, status }) => `${id} ${status}`)).toEqual(
      ['m1', 'm2', 'm3', 'm4'].map((id) => `${id} acknowledged`),
    );
  });

  test.each(['event', 'close code'] as const)(
    'the old wire is told 4409 before the welcome comes, as a %s',
    async (how) => {
      const { ws, sse, pass, client, states } = await onSse();
      await pass(30_000);
      ws.last.accept();
      await settle();
      if (how === 'event') tell(sse, { t: 'close', code: 4409, reason: 'another wire has this key' });
      else sse.last.drop({ code: 4409 });
      await settle();
      expect(client.connection.getSnapshot()).toMatchObject({ status: 'open', error: null });
      welcome(ws);
      await settle();
      expect(states).toEqual(['connecting', 'open sse', 'open websocket']);
      expect(said(ws, 'join')).toHaveLength(1);
    },
  );

  test('and then it never comes: the client reconnects', async () => {
    const { ws, sse, pass, client, states } = await onSse();
    await pass(30_000);
    ws.last.accept();
    await settle();
    tell(sse, { t: 'close', code: 4409, reason: 'another wire has this key' });
    await pass(1_000); // what a try may take, by what was seen
    expect(client.connection.getSnapshot().status).toBe('reconnecting');
    await pass(600);
    expect(sse.dials).toHaveLength(2);
    welcome(sse);
    await settle();
    joined(sse);
    expect(states.at(-1)).toBe('open sse');
  });

  test('a probe that is refused for its token changes nothing but the reason, and no other one follows', async () => {
    const { ws, client, pass, states, room } = await onSse();
    await pass(30_000);
    ws.last.accept();
    await settle();
    tell(ws, { t: 'close', code: 4401, reason: 'expired' });
    await pass(500_000);
    expect(ws.dials).toHaveLength(2);
    expect(states).toEqual(['connecting', 'open sse', 'open sse']);
    expect(client.connection.getSnapshot().skipped).toEqual([{ transport: 'websocket', why: 'refused (4401)' }]);
    expect(room.getSnapshot().status).toBe('joined');
  });

  test('the heartbeat starts anew: what was asked on the old wire is not held against the new one', async () => {
    const { ws, sse, pass, states } = await onSse({
      heartbeat: { intervalMs: 25_000, timeoutMs: 10_000 },
      fallback: { probeAfterMs: 30_000 },
    });
    await pass(25_000);
    expect(said(sse, 'ping')).toHaveLength(1);
    await pass(5_000);
    welcome(ws);
    await pass(24_999);
    expect(said(ws, 'ping')).toHaveLength(0);
    await pass(1);
    expect(said(ws, 'ping')).toHaveLength(1);
    expect(states).toEqual(['connecting', 'open sse', 'open websocket']);
  });

  test('who leaves in the middle leaves nothing behind', async () => {
    const { ws, sse, pass, leave, manual } = await onSse();
    await pass(30_000);
    ws.last.accept();
    leave();
    await pass(1_000);
    expect([ws.live, sse.live, manual.clock.pending, manual.watchers]).toEqual([0, 0, 0, 0]);
  });

  test('a fallback given as one transport reconnects over the better wire', async () => {
    const manual = { ...createManualHost(), random: () => 0.5 };
    const ws = createScriptedTransport({ name: 'websocket' });
    const sse = createScriptedTransport({ name: 'sse' });
    const client = createRealtimeClient({
      transport: fallback([ws, sse]),
      host: manual,
      heartbeat: false,
      flush: 'sync',
    });
    client.room('a').subscribe(() => {});
    await settle();
    ws.last.drop({ why: 'refused', code: 1006 });
    await settle();
    welcome(sse);
    await settle();
    manual.clock.advance(30_000);
    ws.last.accept();
    manual.clock.advance(600);
    await settle();
    welcome(ws);
    await settle();
    expect(said(ws).map(({ t }) => t)).toEqual(['hello', 'join']);
    expect(client.connection.getSnapshot().status).toBe('open');
  });
});

describe('a feed', () => {
  function feedOnSse() {
    const host = { ...createManualHost(), random: () => 0.5 };
    const ws = createScriptedTransport({ name: 'websocket' });
    const sse = createScriptedTransport({ name: 'sse' });
    const calls: string[] = [];
    const feed = createFeed<string>({
      transport: fallback([ws, sse]),
      host,
      flush: 'sync',
      onOpen() {
        calls.push('open');
        feed.send('subscribe');
      },
      onClose: ({ why, willRetry }) => void calls.push(`close ${why} ${willRetry}`),
      onReconnect: () => void calls.push('reconnect'),
      onMessage: ({ data }) => void calls.push(data),
    });
    feed.subscribe(() => {});
    ws.last.drop({ why: 'refused', code: 1006 });
    sse.last.accept();
    return { host, ws, sse, feed, calls };
  }

  test('hears of a close and an open: the server of the new wire has to be told everything', () => {
    const { host, ws, sse, feed, calls } = feedOnSse();
    sse.last.frame('"one"');
    host.clock.advance(30_000);
    ws.last.accept();
    ws.last.frame('"two"');
    expect(calls).toEqual(['open', 'one', 'close replaced true', 'open', 'reconnect', 'two']);
    expect(ws.last.sent).toEqual(['"subscribe"']);
    expect(feed.getSnapshot().status).toBe('open');
  });

  test('what waited for room on the old wire leaves on the new one, after what is said at its opening', () => {
    const { host, ws, sse, feed } = feedOnSse();
    sse.last.block(true);
    expect(feed.send('waits').verdict).toBe('queued');
    host.clock.advance(30_000);
    ws.last.accept();
    expect(ws.last.sent).toEqual(['"subscribe"', '"waits"']);
  });
});
