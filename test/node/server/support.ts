// A server with its events, and plain clients for it. Tests nothing.

import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ClientOptions, WebSocket } from 'ws';
import {
  createRealtimeServer,
  type RealtimeServer,
  type RealtimeServerOptions,
  type ServerEvent,
} from '../../../src/server.js';

/** What events.test.ts is about; the other tests look for what follows from what. */
export const isTraffic = ({ type }: ServerEvent): boolean =>
  ['connected', 'disconnected', 'published', 'delivered', 'recovered', 'gap'].includes(type);

export interface Started {
  readonly realtime: RealtimeServer;
  readonly http: Server;
  readonly base: string;
  /** Without traffic. */
  readonly events: ServerEvent[];
  at(query: string): string;
}

export async function listen(http: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

export function closeHttp(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeAllConnections();
  return closed;
}

/** On port 0, with its path attached; gone when the test is. `http`: yours, with listeners of your own. */
export async function start(options: RealtimeServerOptions = {}, http: Server = createServer()): Promise<Started> {
  const events: ServerEvent[] = [];
  const realtime = createRealtimeServer({
    ...options,
    onEvent(event) {
      if (!isTraffic(event)) events.push(event);
      options.onEvent?.(event);
    },
  });
  realtime.attach(http);
  const base = await listen(http);
  onTestFinished(async () => {
    await realtime.close();
    await closeHttp(http);
  });
  return { realtime, http, base, events, at: (query) => `${base}/realtime?${query}` };
}

export interface Peer {
  readonly socket: WebSocket;
  /** The next frame: text as a string, bytes as a Buffer. */
  next(): Promise<string | Buffer>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export async function connect(
  url: string,
  options: ClientOptions = {},
  protocols: readonly string[] = [],
): Promise<Peer> {
  const { WebSocket: Client } = await import('ws'); // late: one of the tests goes without
  const socket = new Client(url.replace(/^http/, 'ws'), [...protocols], options);
  onTestFinished(() => socket.terminate());
  const inbox: (string | Buffer)[] = [];
  const takers: ((frame: string | Buffer) => void)[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? data : data.toString();
    const taker = takers.shift();
    if (taker) taker(frame);
    else inbox.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    closed,
    next: () => new Promise((resolve) => (inbox.length > 0 ? resolve(inbox.shift()!) : takers.push(resolve))),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Without a fetch's own ideas of headers and connections. */
export function ask(url: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

/** Where a room is now: what comes after it can be waited for. */
export const placeAt = async (url: string): Promise<string> => String((await ask(url)).headers['roomtone-cursor']);

/** A stream's response, and its text as it comes. */
export function listenTo(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{
  readonly response: IncomingMessage;
  until(wanted: string): Promise<string>;
  readonly ended: Promise<string>;
}> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      { agent: false, headers: { accept: 'text/event-stream', ...headers } },
      (response) => {
        let text = '';
        const checks = new Set<() => void>();
        const ended = new Promise<string>((done) => response.once('close', () => done(text)));
        response.on('error', () => {}); // broken off: `ended` says so
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          for (const check of checks) check();
        });
        resolve({
          response,
          ended,
          until: (wanted) =>
            new Promise((found) => {
              const check = (): void => {
                if (!text.includes(wanted)) return;
                checks.delete(check);
                found(text);
              };
              checks.add(check);
              check();
            }),
        });
      },
    );
    sent.on('error', reject).end();
    onTestFinished(() => void sent.destroy());
  });
}
