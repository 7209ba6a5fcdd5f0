// What the tests inside the browser talk to: the real server, and beside it event streams by script. Vitest starts it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { createRealtimeServer } from '../../src/server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests' server is: `/realtime`, `/stream` and `/asked` are on it. */
    origin: string;
  }
}

/** Everything that two readers of a stream could take differently (HTML §9.2.5 and 9.2.6). */
const SCRIPT = [
  ': a comment\nretry: 40\n\n',
  'id: 1\nevent: price\ndata: 10\n\n',
  'data: first line\ndata:second line\ndata\n\n', // no id: it carries the last one
  'event: note\r\ndata:  two spaces\r\n\r\n',
  'event: unlisted\ndata: nobody asked for this\n\n',
  'event: price\n\n', // no data: no event
  'id: grün\rdata: ünïcödé 🎬\r\r',
  'id: with\0null\ndata: its id is ignored\n\n',
  'id\ndata: the id is forgotten\n\n',
  'unknown: field\ndata: {"json":true}\n\n',
  'id: place-7\n\n', // a place without an event
  'id: 8\ndata: cut in the middle',
].join('');

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const asked = new Map<string, (string | null)[]>();
  const realtime = createRealtimeServer({ allowedOrigins: '*' });

  /** The script, cut off at its end; whoever comes again hears one message more, and is held. */
  const stream = (name: string, request: IncomingMessage, response: ServerResponse): void => {
    const seen = asked.get(name) ?? [];
    asked.set(name, [...seen, request.headers['last-event-id']?.toString() ?? null]);
    response.setHeader('content-type', 'text/event-stream');
    if (seen.length > 0) return void response.write('data: again\n\n');
    // bytes in pieces that respect no character
    const bytes = Buffer.from(SCRIPT);
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end();
  };
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site');
    const name = url.searchParams.get('name') ?? '';
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'last-event-id');
    if (request.method === 'OPTIONS') response.end();
    else if (url.pathname === '/stream') stream(name, request, response);
    else response.end(JSON.stringify(asked.get(name) ?? []));
  });
  realtime.attach(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  provide('origin', `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  return async () => {
    await realtime.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };
}
