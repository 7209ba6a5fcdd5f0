// Upgrades that are none of ours: with us on the server they are served as they were without.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRealtimeServer } from '../../../src/server.js';
import { start } from './support.js';

const app = (request: IncomingMessage, response: ServerResponse): void => void response.end(`app ${request.url}`);

describe('a client that would rather speak HTTP/2 in clear text', () => {
  const wish = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
  const say = async (base: string, ...turns: readonly (readonly [string, RegExp])[]): Promise<void> => {
    const { hostname, port } = new URL(base);
    const socket = tcpConnect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let heard = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (heard += piece));
    for (const [text, wanted] of turns) {
      socket.write(text);
      await vi.waitFor(() => expect(heard).toMatch(wanted));
    }
  };

  it('is served as it was before, with its body, and what it asks behind that', async () => {
    const http = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      request.on('end', () => response.end(`[${request.method} ${request.url} ${request.headers.upgrade} ${text}]`));
    });
    const { base, realtime } = await start({}, http);
    const second = createRealtimeServer().attach(http, { path: '/second' });
    await say(
      base,
      [`POST /app HTTP/1.1\r\nhost: x\r\n${wish}content-length: 4\r\n\r\nbody`, /\[POST \/app undefined body\]/],
      [`GET /next HTTP/1.1\r\nhost: x\r\n${wish}\r\n`, /\[GET \/next undefined \]/],
      ['GET /last HTTP/1.1\r\nhost: x\r\n\r\n', /\[GET \/last undefined \]/],
    );
    realtime.publish('x', 1);
    await say(base, [`GET /realtime?room=x HTTP/1.1\r\nhost: x\r\n${wish}\r\n`, /200 OK[^]*\[1\]/]);
    second();
  });

  it('is left to others who take upgrades', async () => {
    const http = createServer(app);
    http.on('upgrade', (_, socket: Duplex) => socket.end('HTTP/1.1 101 theirs\r\n\r\n'));
    const { base } = await start({}, http);
    await say(base, [`GET /app HTTP/1.1\r\nhost: x\r\n${wish}\r\n`, /101 theirs/]);
  });
});
