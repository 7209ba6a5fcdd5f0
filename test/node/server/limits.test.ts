// How much a server takes over real sockets: connections, rates, bodies. What is within the limits feels nothing of what is not.

import { connect as tcpConnect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRealtimeClient } from '../../../src/client/realtime-client.js';
import type { PresenceChange } from '../../../src/protocol/rooms-frames.js';
import { type Backplane, createRealtimeServer, type RealtimeServerOptions } from '../../../src/server.js';
import { createGate, neighbourhoodOf } from '../../../src/server/node/gate.js';
import { limitsOf } from '../../../src/server/node/limits.js';
import { createManualClock } from '../../../src/testing.js';
import { webSocket } from '../../../src/transport/web-socket.js';
import { NodeWebSocket } from '../fixtures/serve.js';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { ways } from './rooms-ways.js';
import { ask, connect, listenTo, placeAt, start, type Started } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const from = (address: string) => ({ headers: { 'x-from': address } });
const addressOf: RealtimeServerOptions['addressOf'] = ({ headers }) => String(headers['x-from'] ?? 'nobody');

describe('options', () => {
  it.each<[RealtimeServerOptions, RegExp]>([
    [{ maxConnections: 0 }, /`maxConnections` is a number from 1 on, not 0/],
    [{ maxConnectionsPerAddress: NaN }, /`maxConnectionsPerAddress`/],
    [{ maxConnectionsPerUser: -1 }, /`maxConnectionsPerUser`/],
    [{ maxMembersPerRoom: 0 }, /`maxMembersPerRoom`/],
    [{ maxRefusals: 0 }, /`maxRefusals`/],
    [{ bodyTimeoutMs: 0 }, /`bodyTimeoutMs`/],
    [{ bodyTimeoutMs: '30' as unknown as number }, /`bodyTimeoutMs` is a number from 1 on, not 30/],
    [{ backplane: 'redis://x' as unknown as Backplane }, /`backplane` is an object/],
    [{ onEvent: 'log' as unknown as () => void }, /`onEvent` is a function/],
    [{ helloTimeoutMs: 0 }, /`helloTimeoutMs` is a number from 1 on, not 0/],
    [{ rateLimit: { perSecond: 0 } }, /`rateLimit.perSecond` is a number from 0.01 on/],
    [{ rateLimit: { perSecond: 1, burst: 0 } }, /`rateLimit.burst`/],
    [{ roomRateLimit: { perSecond: NaN } }, /`roomRateLimit.perSecond`/],
    [{ connectRateLimit: { perSecond: -1 } }, /`connectRateLimit.perSecond`/],
    [{ addressOf: 'x-real-ip' as unknown as () => string }, /`addressOf` is a function/],
  ])('%j are refused', (options, message) => {
    expect(() => createRealtimeServer(options)).toThrow(message);
    expect(() => createRealtimeServer(options)).toThrow(expect.objectContaining({ kind: 'config' }));
  });
});

describe('connections', () => {
  /** Something that holds a place, and how to give it back. */
  const kinds: readonly [string, (server: Started, address: string) => Promise<() => void>][] = [
    [
      'a WebSocket',
      async ({ at }, address) => {
        const { socket } = await connect(at('room=x'), from(address));
        return () => socket.close();
      },
    ],
    [
      'a WebSocket of the rooms protocol',
      async ({ at }, address) => {
        const { socket } = await connect(at(`session=${createSessionName()}`), from(address));
        return () => socket.terminate();
      },
    ],
    [
      'an event stream',
      async ({ at }, address) => {
        const { response } = await listenTo(at('room=x'), from(address).headers);
        if (response.statusCode !== 200) throw new Error(`${response.statusCode}`);
        return () => void response.destroy();
      },
    ],
    [
      'an event stream of the rooms protocol',
      async ({ at }, address) => {
        const { response } = await listenTo(at(`session=${createSessionName()}`), from(address).headers);
        if (response.statusCode !== 200) throw new Error(`${response.statusCode}`);
        return () => void response.destroy();
      },
    ],
    [
      'a client that polls',
      async ({ at }, address) => {
        const url = at(`session=${createSessionName()}`);
        const { status } = await ask(url, from(address));
        if (status !== 200 && status !== 204) throw new Error(`${status}`);
        return () => void ask(url, { ...json, headers: { ...json.headers, ...from(address).headers } }, '"no frame"');
      },
    ],
  ];
  it.each(kinds)('%s is one, of all and of its address, until it goes', async (_, open) => {
    const server = await start({ addressOf, maxConnections: 3, maxConnectionsPerAddress: 2, pollIdleMs: 100 });
    const leave = await open(server, 'a');
    await open(server, 'a');
    await expect(open(server, 'a')).rejects.toThrow('429');
    await open(server, 'b');
    await expect(open(server, 'c')).rejects.toThrow('503');
    expect(server.events.filter(({ type }) => type === 'refused')).toEqual([
      { type: 'refused', status: 429, reason: expect.stringContaining('maxConnectionsPerAddress') },
      { type: 'refused', status: 503, reason: expect.stringContaining('maxConnections') },
    ]);
    leave();
    await expect.poll(() => open(server, 'a').then(Boolean, () => false)).toBe(true);
  });

  it('a held long poll is one; an answer that is given at once is not', async () => {
    const server = await start({ maxConnections: 1 });
    const cursor = await placeAt(server.at('room=x&wait=0'));
    for (let n = 0; n < 5; n++) await expect.poll(async () => (await ask(server.at('room=x'))).status).toBe(200);
    const joined = new Promise(
      (resolve) =>
        void expect
          .poll(() => server.events.some(({ type }) => type === 'joined'))
          .toBe(true)
          .then(resolve),
    );
    const held = ask(server.at(`room=x&wait=50&cursor=${cursor}`));
    await joined;
    expect(await ask(server.at('room=x'))).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    server.realtime.publish('x', 1);
    expect((await held).body).toBe('[1]');
  });

  it('of one user are so many, by whichever way; one that is known comes back, and a place is given on', async () => {
    const server = await start({ maxConnectionsPerUser: 2, presenceGraceMs: 0, authenticate: () => ({ id: 'anna' }) });
    const peers = [];
    for (const [index, { open }] of ways.slice(0, 2).entries()) {
      const peer = await open(server);
      await greet(peer, `key-${index}`);
      peers.push(peer);
    }
    const third = await overSocket(server);
    await third.say({ t: 'hello', v: 1, key: keyOf('another') });
    expect(await third.closed).toBe(4429);
    const again = await overSocket(server);
    await greet(again, 'key-0');
    expect(await peers[0]?.closed).toBe(4409);
    again.leave();
    await again.closed;
    const fourth = await overSocket(server);
    await greet(fourth, 'a fourth');
    expect(server.events).toContainEqual({
      type: 'refused',
      status: 4429,
      reason: expect.stringContaining('maxConnectionsPerUser'),
    });
  });

  it('HC2: who opens too fast is refused with a time, and others are not', async () => {
    const server = await start({ addressOf, connectRateLimit: { perSecond: 0.01, burst: 3 } });
    for (let n = 0; n < 3; n++) expect((await ask(server.at('room=x'), from('a'))).status).toBe(200);
    expect(await ask(server.at('room=x'), from('a'))).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    const post = { ...json, headers: { ...json.headers, 'x-from': 'a' } };
    expect((await ask(server.at('room=x'), post, '1')).status).toBe(429);
    await expect(connect(server.at('room=x'), from('a'))).rejects.toThrow('429');
    await connect(server.at('room=x'), from('b'));
  });

  it('an address that cannot be told is no way around them, and nobody’s words end the process', async () => {
    const cause = new Error('no such header');
    const server = await start({
      addressOf() {
        throw cause;
      },
    });
    expect((await ask(server.at('room=x'))).status).toBe(503);
    expect(server.events).toEqual([{ type: 'refused', status: 503, reason: expect.any(String), cause }]);
  });

  it('addressOf is what authenticate hears', async () => {
    const heard: unknown[] = [];
    const server = await start({
      addressOf: () => '192.0.2.7',
      authenticate: ({ remoteAddress }) => (heard.push(remoteAddress), { id: 'anna' }),
    });
    await greet(await overSocket(server), 'anna');
    expect(heard).toEqual(['192.0.2.7']);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:DB8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s is one of the neighbourhood %s', (address, wanted) => expect(neighbourhoodOf(address)).toBe(wanted));

  it('addresses that hold nothing are forgotten', () => {
    let address = '';
    const clock = createManualClock();
    const gate = createGate(limitsOf({}), () => address, clock);
    for (let n = 0; n < 1_000; n++) {
      address = `10.0.${n >> 8}.${n & 255}`;
      const leave = gate.enter({} as never);
      if (typeof leave !== 'function') throw new Error(leave.reason);
      if (n % 2 === 0) leave();
      if (n % 2 === 0) leave(); // once counts
    }
    expect(gate.size).toEqual({ connections: 500, addresses: 500 });
  });
});

describe('rates', () => {
  it('the library’s client loses nothing to them, keeps its order, and stays', { timeout: 20_000 }, async () => {
    const server = await start({
      rateLimit: { perSecond: 200, burst: 50 },
      roomRateLimit: { perSecond: 150, burst: 30 },
    });
    const client = createRealtimeClient({
      transport: webSocket(server.base.replace('http', 'ws') + '/realtime', { WebSocket: NodeWebSocket }),
      flush: 'microtask',
    });
    onTestFinished(() => client.close());
    const room = client.room('a');
    room.subscribe(() => {});
    const heard: unknown[] = [];
    room.on('message', ({ data }) => void heard.push(data));
    const meant = Array.from({ length: 400 }, (_, n) => n);
    const receipts = await Promise.all(meant.map((n) => room.send(n).done));
    expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['acknowledged']));
    await expect.poll(() => heard.length).toBe(400);
    expect(heard).toEqual(meant);
    expect(client.getSnapshot().connection.status).toBe('open');
    const told = server.events.filter((event) => event.type === 'refused' && event.status === 'rate-limited').length;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(200);
  });

  it('a plain WebSocket that writes too fast is read later, and nothing is lost', async () => {
    const server = await start({ rateLimit: { perSecond: 500, burst: 100 }, history: { size: 1_000 } });
    const writer = await connect(server.at('room=x'));
    for (let n = 0; n < 400; n++) writer.socket.send(String(n));
    const reader = await connect(server.at('room=y'));
    reader.socket.send('"bystander"');
    expect(await reader.next()).toBe('"bystander"');
    for (let n = 0; n < 400; n++) expect(await writer.next()).toBe(String(n));
    expect(server.events).toContainEqual({
      type: 'refused',
      status: 'rate-limited',
      reason: expect.stringContaining('rateLimit'),
      room: 'x',
    });
    writer.socket.close(1000);
    expect((await writer.closed).code).toBe(1000);
  });

  it('a room that has enough takes no POST for a while', async () => {
    const server = await start({ roomRateLimit: { perSecond: 0.01, burst: 2 } });
    const post = async (room: string): Promise<number> => (await ask(server.at(`room=${room}`), json, '1')).status;
    expect([await post('x'), await post('x'), await post('x'), await post('y')]).toEqual([202, 202, 429, 202]);
  });

  it.each(['a stranger to the room', 'one who may only read'])('%s uses up nothing of its rate', async (who) => {
    const server = await start({
      roomRateLimit: { perSecond: 0.01, burst: 2 },
      authorize: ({ user, action }) => action !== 'publish' || user.id === 'anonymous',
    });
    const peer = await overSocket(server);
    await greet(peer, 'anna');
    if (who !== 'a stranger to the room') {
      await peer.say({ t: 'join', room: 'x', join: 1 });
      await peer.next('joined');
    }
    const code = who === 'a stranger to the room' ? 'not-joined' : 'forbidden';
    for (let n = 0; n < 10; n++) {
      await peer.say({ t: 'publish', room: 'x', id: String(n), data: n });
      expect(await peer.next('error')).toMatchObject({ code, id: String(n) });
    }
    expect((await ask(server.at('room=x'), json, '1')).status).toBe(202);
  });

  it('so many are shown in a room, and whoever is not hears so and is joined all the same', async () => {
    const server = await start({ maxMembersPerRoom: 2, presenceGraceMs: 0 });
    const peers = [];
    for (const name of ['anna', 'ben', 'cleo']) {
      const peer = await overSocket(server);
      await greet(peer, name);
      await peer.say({ t: 'join', room: 'a', join: 1, presence: { name } });
      expect(await peer.next('joined')).toMatchObject({ join: 1 });
      peers.push(peer);
    }
    const [anna, , cleo] = peers;
    expect(await cleo?.next('error')).toMatchObject({ code: 'room-full', room: 'a' });
    expect((await cleo?.next('members'))?.members).toHaveLength(2);
    anna?.leave();
    await cleo?.next('presence', ({ changes }) => changes.some(({ op }) => op === 'leave'));
    await cleo?.say({ t: 'presence', room: 'a', data: { name: 'cleo again' } });
    const isCleo = (change: PresenceChange): boolean =>
      change.op === 'enter' && change.entry.data['name'] === 'cleo again';
    await cleo?.next('presence', ({ changes }) => changes.some(isCleo));
  });
});

describe('HC11: who takes for ever', () => {
  it.each(['room=x', 'session'])('over the body of a POST (%s) is answered 408 and cut', async (query) => {
    const server = await start({ bodyTimeoutMs: 100 });
    const session = createSessionName();
    if (query === 'session') await ask(server.at(`session=${session}`));
    const { hostname, port, pathname, search } = new URL(server.at(query === 'session' ? `session=${session}` : query));
    const socket = tcpConnect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`,
    );
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text.toLowerCase()).toContain('connection: close');
  });

  it.each(ways)('over the hello ($way) is closed with 4408', async ({ open }) => {
    const server = await start({ helloTimeoutMs: 100 });
    expect(await (await open(server)).closed).toBe(4408);
  });
});
