// Every transport over real sockets, against the server of this package.

import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRealtimeServer, type RealtimeServer } from '../../src/server.js';
import { transportContract, type TransportHarness } from '../../src/testing/transport-contract.js';
import { eventSource } from '../../src/transport/event-source.js';
import { fallback } from '../../src/transport/fallback.js';
import { inWorker } from '../../src/transport/in-worker.js';
import { longPoll } from '../../src/transport/long-poll.js';
import { poll } from '../../src/transport/poll.js';
import { serveWorker } from '../../src/transport/serve-worker.js';
import type { Transport } from '../../src/transport/transport.js';
import { webSocket, type WebSocketConstructor } from '../../src/transport/web-socket.js';
import { portWorker, threadWorker } from '../support/port-worker.js';

const Injected = WebSocket as unknown as WebSocketConstructor;

const thread = await threadWorker('../node/fixtures/live.worker.ts');

/** In this thread, behind two ports: what crosses is cloned and moved as between two. */
const behindPorts = (transport: Transport): Transport =>
  inWorker(() => portWorker((port) => serveWorker({ live: transport }, { port })));

interface Urls {
  readonly http: string;
  readonly ws: string;
}

/** What a transport can do with this server. */
interface Can {
  readonly sends: boolean;
  readonly resumes: boolean;
  readonly bytes?: boolean;
}

/** The room 'down' is what the far end says, the room 'up' is what it hears. */
function harnessOf(make: (urls: Urls) => Transport, options: Can) {
  return async (): Promise<TransportHarness> => {
    const http: Server = createServer();
    const sockets = new Set<Socket>();
    let down = false;
    http.on('connection', (socket) => {
      if (down) socket.destroy();
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    let readers = 0;
    const realtime: RealtimeServer = createRealtimeServer({
      maxMessageBytes: 2 ** 22,
      maxBufferedBytes: 2 ** 24,
      onEvent: ({ type }) => void (type === 'joined' ? readers++ : type === 'left' ? readers-- : 0),
    });
    realtime.attach(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const heard: string[] = [];
    const urls = (room: string): Urls => ({
      http: `http://127.0.0.1:${port}/realtime?room=${room}`,
      ws: `ws://127.0.0.1:${port}/realtime?room=${room}`,
    });
    // what is sent comes back on the same room: the far end "hears" numbers, and "says" the rest
    const listener = new WebSocket(urls('down').ws);
    await new Promise((resolve) => listener.once('open', resolve));
    listener.on('message', (data: Buffer) => {
      const text = data.toString();
      if (/^\d$/.test(text)) heard.push(text);
    });
    const own = sockets.size;
    return {
      transport: make(urls('down')),
      refused: make({ http: `http://127.0.0.1:${port}/nowhere`, ws: `ws://127.0.0.1:${port}/nowhere` }),
      say: (text) => void realtime.publish('down', text),
      sayBytes: options.bytes ? (bytes) => void realtime.publish('down', bytes) : undefined,
      cut() {
        down = true; // a poll has no link to cut: its next request fails
        for (const socket of [...sockets].slice(own)) socket.destroy();
      },
      heard: options.sends ? () => heard : null,
      holding: () => readers - 1,
      resumes: options.resumes,
      async close() {
        listener.terminate();
        await realtime.close();
        http.closeAllConnections();
        await new Promise((resolve) => http.close(resolve));
      },
    };
  };
}

describe.each<[string, (urls: Urls) => Transport, Can]>([
  ['webSocket', ({ ws }) => webSocket(ws, { WebSocket: Injected }), { sends: true, resumes: false, bytes: true }],
  ['eventSource', ({ http }) => eventSource(http), { sends: false, resumes: true }],
  ['eventSource with an uplink', ({ http }) => eventSource(http, { uplink: http }), { sends: true, resumes: true }],
  ['longPoll', ({ http }) => longPoll(`${http}&wait=20`, { openAfterMs: 20 }), { sends: false, resumes: true }],
  [
    'longPoll with an uplink',
    ({ http }) => longPoll(`${http}&wait=20`, { openAfterMs: 20, uplink: http }),
    { sends: true, resumes: true },
  ],
  ['poll', ({ http }) => poll(http, { intervalMs: 20 }), { sends: false, resumes: true }],
  [
    'fallback past a WebSocket that is refused',
    ({ http }) =>
      fallback([webSocket('ws://127.0.0.1:1/', { WebSocket: Injected }), eventSource(http, { uplink: http })]),
    { sends: true, resumes: true },
  ],
  [
    'webSocket in a worker',
    ({ ws }) => behindPorts(webSocket(ws, { WebSocket: Injected })),
    { sends: true, resumes: false, bytes: true },
  ],
  [
    'longPoll with an uplink in a worker',
    ({ http }) => behindPorts(longPoll(`${http}&wait=20`, { openAfterMs: 20, uplink: http })),
    { sends: true, resumes: true },
  ],
  [
    'eventSource with an uplink in a thread of its own',
    ({ http }) => inWorker(thread, { given: { url: http } }),
    { sends: true, resumes: true },
  ],
])('%s', (_name, make, options) => transportContract(harnessOf(make, options), test));
