// Each example of examples/servers runs: the application answers, people talk in a room whichever way they come, and it stops.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { ask, connect, listenTo } from './server/support.js';

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

  const page = await ask(`${base}${name === 'vite' ? '/@vite/client' : '/'}`);
  expect([page.status, page.body]).toEqual([200, expect.stringContaining(name === 'vite' ? 'WebSocket' : 'your app')]);

  const url = `${base}/realtime?room=orders`;
  const socket = await connect(url);
  const stream = await listenTo(url);
  await stream.until('id: ');
  socket.socket.send('{"from":"a WebSocket"}');
  await stream.until('data: {"from":"a WebSocket"}');
  expect(await socket.next()).toBe('{"from":"a WebSocket"}');
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  expect((await ask(url, json, '{"from":"a POST"}')).status).toBe(202);
  await stream.until('data: {"from":"a POST"}');
  expect(await socket.next()).toBe('{"from":"a POST"}');
  if (name !== 'node-http' && name !== 'vite') {
    expect((await ask(`${base}/orders`, { method: 'POST' })).status).toBe(201);
    await stream.until('data: {"placed":true}');
    expect(await socket.next()).toBe('{"placed":true}');
  }

  await stop();
  await stream.ended;
  // Vite cuts every socket at once
  expect(name === 'vite' ? [1006, 1012] : [1012]).toContain((await socket.closed).code);
  await expect(ask(base)).rejects.toThrow('ECONNREFUSED');
});
