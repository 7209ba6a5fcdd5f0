// Each example of examples/servers runs, is visited, and stops. Next's, which is large, has a test of its own: test/next.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { visitExample } from '../support/visit-example.js';
import { ask } from './server/support.js';

interface Example {
  start(port: number): Promise<{ readonly http: Server; close(): Promise<void> }>;
}

const folder = new URL('../../examples/servers/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.replace('.mjs', ''));

it('there is one for each framework that the docs name', () => {
  expect(names).toEqual(['express', 'fastify', 'hono', 'node-http', 'vite']);
});

it.each(names)('%s', async (name) => {
  const { start } = (await import(new URL(`${name}.mjs`, folder).href)) as Example;
  const { http, close } = await start(0);
  let closing: Promise<void> | undefined;
  const stop = (): Promise<void> => (closing ??= close());
  onTestFinished(stop);
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const isVite = name === 'vite';
  const { socket, stream } = await visitExample(base, {
    page: isVite ? '/@vite/client' : '/',
    says: isVite ? 'WebSocket' : 'your app',
    takesOrders: !isVite && name !== 'node-http',
  });

  await stop();
  await stream.ended;
  // Vite cuts every socket at once
  expect(isVite ? [1006, 1012] : [1012]).toContain((await socket.closed).code);
  await expect(ask(base)).rejects.toThrow('ECONNREFUSED');
});
