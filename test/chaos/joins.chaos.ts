// HC4: a million joins. Rooms and memory stay within their bounds, whoever asks too fast waits, and an honest client does not notice.

import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createServer } from 'node:http';
import { createRealtimeServer, type RealtimeServerOptions } from '../../src/server.js';
import { createSessionName, greet, keyOf, overSocket } from '../node/server/rooms-peer.js';
import { closeHttp, listen } from '../node/server/support.js';
import { heapBytes } from './leftovers.js';
import { isFull } from './size.js';
import { after } from './until.js';

const JOINS = isFull ? 1_000_000 : 50_000;
const PER_FRAME = 2_500;
const MIB = 2 ** 20;
/** As the defaults, but for the rate: else it would take hours. */
const unlimited: RealtimeServerOptions = { rateLimit: { perSecond: 1e9, burst: 1e9 } };

interface Running {
  at(query: string): string;
  /** How often a room was joined. */
  readonly joined: () => number;
}

/** Keeps nothing of what it tells. */
async function start(options: RealtimeServerOptions): Promise<Running> {
  let joined = 0;
  const http = createServer();
  const onEvent: RealtimeServerOptions['onEvent'] = ({ type }) => void (type === 'joined' && joined++);
  const realtime = createRealtimeServer({ ...options, onEvent });
  realtime.attach(http);
  const base = await listen(http);
  onTestFinished(async () => {
    await realtime.close();
    await closeHttp(http);
  });
  return { at: (query) => `${base}/realtime?${query}`, joined: () => joined };
}

/** Says something every few milliseconds beside it all, once the last was acknowledged. Its end: what was said was heard, in order; the slowest in ms. */
async function createBystander(server: Running): Promise<() => Promise<number>> {
  const peer = await overSocket(server);
  await greet(peer, 'bystander');
  await peer.say({ t: 'join', room: 'office', join: 1 });
  await peer.next('joined');
  let isOver = false;
  let worst = 0;
  let said = 0;
  const talk = (async () => {
    while (!isOver) {
      const id = `word ${++said}`;
      const since = performance.now();
      await peer.say({ t: 'publish', room: 'office', id, data: said });
      await peer.next('ack', (ack) => ack.id === id);
      worst = Math.max(worst, performance.now() - since);
      await after(5);
    }
  })();
  return async () => {
    isOver = true;
    await talk;
    await peer.settled();
    const heard = peer.heard.flatMap((event) => (event.t === 'message' ? [event.data] : []));
    expect(heard).toEqual(Array.from({ length: said }, (_, n) => n + 1));
    expect(peer.heard.filter(({ t }) => t === 'error' || t === 'close')).toEqual([]);
    return worst;
  };
}

/** A client that counts what it hears, by type or code, and keeps nothing of it. */
async function createCrook(server: Running, name: string) {
  const socket = new WebSocket(server.at(`session=${createSessionName()}`).replace('http', 'ws'));
  onTestFinished(() => socket.terminate());
  const tally: Record<string, number> = {};
  const closed = once(socket, 'close').then(([code]) => Number(code));
  let answered = (): void => {};
  socket.on('message', (data: Buffer) => {
    for (const [, type, code] of data.toString().matchAll(/"t":"([\w-]+)"(?:,"code":"([\w-]+)")?/g)) {
      const what = code ?? type!;
      tally[what] = (tally[what] ?? 0) + 1;
      if (what === 'pong') answered();
    }
  });
  await once(socket, 'open');
  const raw = (text: string): void => socket.send(text);
  raw(JSON.stringify({ t: 'hello', v: 1, key: keyOf(name) }));
  return {
    socket,
    tally,
    closed,
    raw,
    /** What `make` says of each number, in frames, each when the one before is answered. */
    async flood(count: number, make: (n: number) => readonly object[]) {
      for (let from = 0; from < count; from += PER_FRAME) {
        const events = Array.from({ length: PER_FRAME }, (_, n) => make(from + n)).flat();
        const isDone = new Promise<void>((resolve) => (answered = resolve));
        raw(JSON.stringify([...events, { t: 'ping' }]));
        if ((await Promise.race([isDone, closed])) !== undefined) throw new Error('It was let go.');
      }
    },
  };
}

/** Runs it beside a bystander; nobody but the crooks may be let go, and little may be left in memory. */
async function attacked(
  options: RealtimeServerOptions,
  attack: (server: Running) => Promise<string>,
): Promise<Running> {
  const server = await start(options);
  const end = await createBystander(server);
  const before = await heapBytes();
  const since = performance.now();
  const what = await attack(server);
  const seconds = (performance.now() - since) / 1_000;
  const grown = ((await heapBytes()) - before) / MIB;
  const worst = await end();
  const figures = `${seconds.toFixed(1)} s, heap +${grown.toFixed(1)} MiB, slowest answer to the bystander ${worst.toFixed()} ms`;
  console.info(`${what}: ${figures}`);
  expect(grown).toBeLessThan(32);
  return server;
}

const join = (n: number) => ({ t: 'join', room: `room ${n}`, join: n + 1 });

test.each([1, 10])(
  'over %i connections: each is in 100 rooms, and hears of all others',
  { timeout: 300_000 },
  async (count) => {
    const each = JOINS / count;
    const server = await attacked(unlimited, async (attackedServer) => {
      const crooks = await Promise.all(
        Array.from({ length: count }, (_, n) => createCrook(attackedServer, `crook ${n}`)),
      );
      await Promise.all(crooks.map(({ flood }) => flood(each, (n) => [join(n)])));
      for (const { tally, socket } of crooks) {
        expect(tally).toMatchObject({ joined: 100, 'too-many-rooms': each - 100 });
        expect(socket.readyState).toBe(WebSocket.OPEN);
      }
      return `${JOINS} joins over ${count} connections`;
    });
    expect(server.joined()).toBe(100 * count + 1);
  },
);

test('of a room each, that is left again: rooms give way', { timeout: 300_000 }, async () => {
  await attacked({ ...unlimited, maxRooms: 1_000 }, async (server) => {
    const crook = await createCrook(server, 'crook');
    await crook.flood(JOINS, (n) => [join(n), { t: 'leave', room: `room ${n}`, join: n + 1 }]);
    expect(crook.tally).toEqual({ welcome: 1, joined: JOINS, members: JOINS, pong: JOINS / PER_FRAME });
    return `${JOINS} rooms, each joined and left`;
  });
});

test(
  'as fast as it goes, by default: 2,000 are answered, and who does not wait is not read',
  { timeout: 60_000 },
  async () => {
    await attacked({}, async (server) => {
      const { socket, tally, raw } = await createCrook(server, 'crook');
      const answers = (): number => (tally['joined'] ?? 0) + (tally['too-many-rooms'] ?? 0);
      let said = 0;
      // what the server reads, and what the system holds between them, is full at last
      while (answers() < 2_000 || socket.bufferedAmount <= MIB) {
        for (; socket.bufferedAmount <= MIB; said += PER_FRAME)
          raw(JSON.stringify(Array.from({ length: PER_FRAME }, (_, n) => join(said + n))));
        await after(1);
      }
      expect(said).toBeLessThan(1_000_000);
      expect(socket.readyState).toBe(WebSocket.OPEN);
      return `flooded by default limits: ${answers()} of ${said} joins answered, the others wait on its own side`;
    });
  },
);
