// The site under test: the page and the real realtime server on one origin, and what they saw. Knows no browser.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Backplane, createRealtimeServer, memory } from '../../../src/server.js';

export interface Room {
  /** Readers now. */
  readonly open: number;
  /** Readers at once, at most. */
  readonly most: number;
  /** Readers ever. */
  readonly joins: number;
}

export interface Site {
  /** At `/` the page under test; at `/sandboxed` the same, with every store forbidden to it; elsewhere an empty one. */
  readonly origin: string;
  publish(room: string, data: unknown): void;
  room(name: string): Room;
  /** Requests to the realtime path, upgrades included, that named this room. */
  requests(room: string): readonly IncomingMessage[];
  /** Requests to the realtime path ever, upgrades included. */
  readonly visits: number;
  /** Connections on which they came, and that are there now. */
  readonly wires: number;
  /** Breaks every connection to the realtime path, without a word, and each new one until `up`. */
  down(): void;
  up(): void;
  /** Connections that were broken at once, because the site was down. */
  readonly refused: number;
  /** What clients of rooms have said there, in its order. */
  said(room: string): Promise<readonly unknown[]>;
  /** How much the room was told by clients of rooms: new, and known already. */
  told(room: string): { readonly fresh: number; readonly repeated: number };
  /** Resolves when it has been told so much that was new. */
  reached(room: string, count: number): Promise<void>;
  /** How often this user's clients of rooms have introduced themselves: once per wire. */
  hellos(user: string): number;
  /** From now on the upgrade to a WebSocket is refused, as by a proxy that knows none; or allowed again. */
  refuseUpgrades(refused: boolean): void;
  /** Lets the handshakes go on that wait at `/held`. */
  release(): void;
  /** How many wait there. */
  readonly held: number;
  close(): Promise<void>;
}

const shell = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>roomtone</title><body>${script}`;

const life = `<script>
  window.life = [];
  for (const type of ['pagehide', 'pageshow']) addEventListener(type, (e) => life.push(type + (e.persisted ? ' persisted' : '')));
  for (const type of ['freeze', 'resume']) document.addEventListener(type, () => life.push(type));
</script>`;

export async function openSite(script: string): Promise<Site> {
  const rooms = new Map<string, { open: number; most: number; joins: number }>();
  const roomOf = (name: string) => rooms.get(name) ?? rooms.set(name, { open: 0, most: 0, joins: 0 }).get(name)!;
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let isUp = true;
  let refused = 0;

  const counts = new Map<string, { fresh: number; repeated: number }>();
  const countsOf = (name: string) => counts.get(name) ?? counts.set(name, { fresh: 0, repeated: 0 }).get(name)!;
  const hellos = new Map<string, number>();
  const awaited = new Set<() => void>();
  let upgradesRefused = false;

  const store = memory({ history: { size: 10_000 } });
  const backplane: Backplane = {
    ...store,
    async publish(room, draft) {
      const receipt = await store.publish(room, draft);
      if (draft.from !== null) countsOf(room)[receipt.duplicate ? 'repeated' : 'fresh']++; // or the site itself said it
      for (const check of awaited) check();
      return receipt;
    },
  };

  const realtime = createRealtimeServer({
    retryMs: 100,
    backplane,
    // a sandboxed page is of no origin
    allowedOrigins: (origin, { headers }) => origin === 'null' || origin === `http://${headers.host}`,
    // whoever says a name has it
    authenticate({ token: id = 'anybody' }) {
      hellos.set(id, (hellos.get(id) ?? 0) + 1);
      return { id };
    },
    onEvent(event) {
      if (event.type !== 'joined' && event.type !== 'left') return;
      const room = roomOf(event.room);
      room.open += event.type === 'joined' ? 1 : -1;
      room.most = Math.max(room.most, room.open);
      if (event.type === 'joined') room.joins++;
    },
  });
  const http = createServer((request, response) => {
    const isScript = request.url === '/app.js';
    const isSandboxed = request.url === '/sandboxed';
    response.writeHead(200, {
      'content-type': isScript ? 'text/javascript' : 'text/html',
      'access-control-allow-origin': '*',
      ...(isSandboxed ? { 'content-security-policy': 'sandbox allow-scripts' } : {}),
    });
    if (isScript) return void response.end(script);
    response.end(
      shell(request.url === '/' || isSandboxed ? `${life}<script type="module" src="/app.js"></script>` : 'elsewhere'),
    );
  });
  const note = (request: IncomingMessage): void => {
    if (!/^\/(realtime|held)/.test(request.url ?? '')) return;
    requests.push(request);
    if (sockets.has(request.socket)) return;
    sockets.add(request.socket);
    request.socket.once('close', () => sockets.delete(request.socket));
  };
  http.on('connection', (socket: Socket) => {
    if (isUp) return;
    refused++;
    socket.resetAndDestroy();
  });
  realtime.attach(http);
  http.on('request', note);
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    note(request);
    if (request.url?.startsWith('/held')) waiting.push(() => realtime.upgrade(request, socket, head));
  });
  const { emit } = http;
  http.emit = ((event: string, ...values: [IncomingMessage, Duplex]) => {
    if (!upgradesRefused || event !== 'upgrade') return Reflect.apply(emit, http, [event, ...values]) as boolean;
    note(values[0]);
    values[1].end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return true;
  }) as typeof emit;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));

  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    publish: (room, data) => void realtime.publish(room, data),
    room: (name) => ({ ...roomOf(name) }),
    requests: (room) =>
      requests.filter(({ url }) => new URL(url ?? '', 'http://site').searchParams.get('room') === room),
    get visits() {
      return requests.length;
    },
    get wires() {
      return sockets.size;
    },
    // breaking them once would not do: a browser repeats a GET by itself when a connection that it used before is reset
    down() {
      isUp = false;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    up: () => void (isUp = true),
    get refused() {
      return refused;
    },
    async said(room) {
      const { messages } = await backplane.latest(room, 10_000);
      return messages.map(({ payload }): unknown => (typeof payload === 'string' ? JSON.parse(payload) : payload));
    },
    told: (room) => ({ ...countsOf(room) }),
    reached: (room, count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (countsOf(room).fresh < count) return;
          awaited.delete(check);
          resolve();
        };
        awaited.add(check);
        check();
      }),
    hellos: (user) => hellos.get(user) ?? 0,
    refuseUpgrades: (refused) => void (upgradesRefused = refused),
    release() {
      for (const go of waiting.splice(0)) go();
    },
    get held() {
      return waiting.length;
    },
    async close() {
      await realtime.close();
      await store.close();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}
