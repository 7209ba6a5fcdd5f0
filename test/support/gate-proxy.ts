// An HTTP proxy that lets some ways to a server through and refuses others, each in its own manner. Loopback only.

import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

export type Way = 'websocket' | 'sse' | 'long-poll' | 'poll';
/** `html`: 200 and a page. `swallow`: taken, and never answered. `drop`: the link is cut. `cut`: let through, and cut soon after. */
export type Manner = 'pass' | 'html' | 'bad-gateway' | 'swallow' | 'drop' | 'cut';

export interface GateProxy {
  readonly port: number;
  /** How often each way was asked for. */
  readonly asked: Readonly<Record<Way, number>>;
  /** For who comes from now on. */
  set(manners: Partial<Record<Way, Manner>>): void;
  close(): Promise<void>;
}

const PAGE = '<!doctype html><html><body>Welcome to the hotel</body></html>';

function wayOf({ headers, url = '' }: IncomingMessage): Way {
  if (headers.accept?.includes('text/event-stream')) return 'sse';
  return /[?&]wait=0\b/.test(url) ? 'poll' : 'long-poll';
}

export async function createGateProxy(target: () => number, cutAfterMs = 20): Promise<GateProxy> {
  const manners: Record<Way, Manner> = { websocket: 'pass', sse: 'pass', 'long-poll': 'pass', poll: 'pass' };
  const asked: Record<Way, number> = { websocket: 0, sse: 0, 'long-poll': 0, poll: 0 };
  const sockets = new Set<Socket>();

  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url, headers } = request;
    const out = httpRequest({ port: target(), host: '127.0.0.1', method, path: url, headers, agent: false }, (back) => {
      response.writeHead(back.statusCode ?? 502, back.headers);
      response.flushHeaders();
      back.pipe(response);
      back.on('error', () => response.destroy());
    });
    out.on('error', () => response.destroy());
    response.on('close', () => out.destroy());
    request.pipe(out);
  };
  const server = createServer((request, response) => {
    if (request.method === 'POST') return forward(request, response);
    const way = wayOf(request);
    asked[way]++;
    switch (manners[way]) {
      case 'cut':
        setTimeout(() => response.destroy(), cutAfterMs);
        return forward(request, response);
      case 'pass':
        return forward(request, response);
      case 'html':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
      case 'bad-gateway':
        return void response.writeHead(502).end();
      case 'drop':
        return void request.socket.destroy();
      case 'swallow':
        return;
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, near: Socket, head) => {
    asked.websocket++;
    near.on('error', () => {});
    const manner = manners.websocket;
    if (manner === 'swallow') return;
    if (manner === 'drop') return void near.destroy();
    if (manner === 'html')
      return void near.end(
        `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${PAGE.length}\r\nconnection: close\r\n\r\n${PAGE}`,
      );
    if (manner === 'bad-gateway') return void near.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
    const far = connect(target(), '127.0.0.1', () => {
      const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
      far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
    });
    const over = (): void => {
      near.destroy();
      far.destroy();
    };
    far.on('error', over);
    far.on('close', over);
    near.on('close', over);
    if (manner === 'cut') setTimeout(over, cutAfterMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as { port: number }).port,
    asked,
    set: (given) => void Object.assign(manners, given),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
