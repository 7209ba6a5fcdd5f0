// A balancer that knows nothing of wires: each request goes to the next server. Tests nothing.

import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Balancer {
  readonly port: number;
  /** Requests so far, by server. */
  readonly counts: ReadonlyMap<number, number>;
}

/** `ports`: the servers that are there. One that does not answer is 502. */
export async function createBalancer(ports: () => readonly number[]): Promise<Balancer> {
  const counts = new Map<number, number>();
  let next = 0;
  const server = createServer((near, answer) => {
    const all = ports();
    const port = all[next++ % all.length] ?? 0;
    counts.set(port, (counts.get(port) ?? 0) + 1);
    const { method, url: path } = near;
    const { connection: _, ...headers } = near.headers; // which is about this hop
    const far = httpRequest({ host: '127.0.0.1', port, agent: false, method, path, headers }, (found) => {
      const { connection: __, 'keep-alive': ___, ...rest } = found.headers;
      answer.writeHead(found.statusCode ?? 502, rest);
      answer.flushHeaders();
      found.pipe(answer);
      found.on('error', () => answer.destroy());
    });
    far.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    answer.on('close', () => void (answer.writableFinished || far.destroy()));
    near.on('error', () => void far.destroy());
    near.pipe(far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, counts };
}
