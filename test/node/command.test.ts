// `roomtone serve` as a process: what it says of itself, its health, and how it ends while people are connected.

import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createRealtimeClient, webSocket } from '../../src/core.js';
import { run } from '../../src/server/node/command.js';
import { serve } from '../../src/server.js';
import { type Built, buildProcess } from '../support/built-process.js';
import { ask, connect } from './server/support.js';

async function say(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const outcome = await run(args, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  if (typeof outcome !== 'number') await outcome.close();
  return { ...said, code: typeof outcome === 'number' ? outcome : -1 };
}

describe('--help', () => {
  it('has each flag with its default and an example, on lines that fit', async () => {
    const { out, code } = await say('serve', '--help');
    expect(code).toBe(0);
    for (const flag of ['port', 'host', 'path', 'origin', 'history', 'redis', 'health', 'metrics'])
      expect(out).toMatch(new RegExp(`^  --${flag} <\\w+> .*(\\n {20}.*)?Default: [^]*?\\n {22}--${flag} \\S`, 'm'));
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });
});

describe('a flag that is not known', () => {
  it.each([
    ['--prot', '--port'],
    ['--hsot=x', '--host'],
    ['--orgin', '--origin'],
    ['--metric', '--metrics'],
    ['--healthz', '--health'],
    ['-p', undefined],
    ['--colour', undefined],
  ])('%s: code 2, and %s where that was meant', async (flag, meant) => {
    const { code, err } = await say('serve', flag);
    expect(code).toBe(2);
    expect(/did you mean (--\w+)\?/.exec(err)?.[1]).toBe(meant);
    expect(err).toContain(flag.replace(/=.*/, '').replace(/^-*/, ''));
  });

  it.each([
    ['--metrics', 'metrics'],
    ['--health', 'healthz'],
  ])('and %s with a path that is none', async (flag, path) => {
    expect(await say('serve', flag, path)).toMatchObject({ code: 2, err: expect.stringContaining(flag) });
  });

  it('nor are two things on one path', async () => {
    expect(await say('serve', '--metrics', '/healthz')).toMatchObject({
      code: 2,
      err: expect.stringContaining('different'),
    });
  });

  it.each([
    [{ healthPath: '/hooks' }, /'\/hooks\/payments' is at or under '\/hooks', which is `healthPath`/],
    [{ metricsPath: '/hooks/payments' }, /which is `metricsPath`/],
    [{ path: '/hooks/' }, /that of the rooms/],
  ])('nor is a webhook at or under one of them: %j', async (paths, message) => {
    const webhooks = { '/hooks/payments': { verify: () => null, room: 'payments' } };
    await expect(serve({ port: 0, webhooks, ...paths })).rejects.toThrow(message);
  });
});

describe('health', () => {
  it('is 200 while it serves; 503 while it closes, to who is connected still; and then nobody is there', async () => {
    const serving = await serve({ port: 0 });
    const health = new URL('/healthz', serving.url).href;
    expect(await ask(health)).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(`${health}?x`, { method: 'HEAD' })).toMatchObject({ status: 200 });
    // a peer that never answers the close keeps it closing for a second
    const { socket } = await connect(`${serving.url}?room=x`);
    socket.pause();
    // a question that was begun before
    const asking = tcpConnect(serving.port, '127.0.0.1');
    onTestFinished(() => void asking.destroy());
    asking.write('GET /healthz HTTP/1.1\r\n');
    await vi.waitFor(async () => {
      const count = await new Promise((resolve) => serving.http.getConnections((_, found) => resolve(found)));
      expect(count).toBe(2);
    });
    const closed = serving.close();
    asking.write('host: x\r\n\r\n');
    const [answer] = (await once(asking, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 /);
    await closed;
    await expect(ask(health)).rejects.toThrow('ECONNREFUSED');
  });

  it('has another path where one is given', async () => {
    const serving = await serve({ port: 0, healthPath: '/livez' });
    onTestFinished(() => serving.close());
    expect((await ask(new URL('/livez', serving.url).href)).status).toBe(200);
    expect((await ask(new URL('/healthz', serving.url).href)).status).toBe(404);
  });
});

describe('SIGTERM', () => {
  let cli: Built;
  beforeAll(async () => {
    cli = await buildProcess('src/server/node/cli.ts');
  }, 60_000);
  afterAll(() => cli.remove());

  async function startProcess(
    port: number,
  ): Promise<{ port: number; stop(): void; ended: Promise<unknown[]>; said(): string }> {
    const child = cli.spawn(['serve', '--port', String(port)]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    let errors = '';
    child.stderr!.on('data', (piece: Buffer) => void (errors += piece.toString()));
    const failed = ended.then(() => Promise.reject(new Error(errors || 'It ended before it listened.')));
    failed.catch(() => {}); // later it may end
    const [line] = (await Promise.race([once(child.stdout!, 'data'), failed])) as [Buffer];
    return {
      port: Number(/:(\d+)\//.exec(line.toString())?.[1]),
      stop: () => void child.kill('SIGTERM'),
      ended,
      said: () => errors,
    };
  }

  it(
    'with 50 clients: each hears 1012, the process ends with 0, and all are in their room on the next one',
    { timeout: 60_000 },
    async () => {
      const first = await startProcess(0);
      const codes: number[] = [];
      const Listening = new Proxy(WebSocket, {
        construct(Target, args: [string]) {
          const socket = new Target(...args);
          socket.addEventListener('close', ({ code }) => void codes.push(code));
          return socket;
        },
      });
      const transport = webSocket(`ws://127.0.0.1:${first.port}/realtime`, { WebSocket: Listening });
      const clients = Array.from({ length: 50 }, (_, number) => {
        const client = createRealtimeClient({
          transport,
          retry: { minDelayMs: 10, initialDelayMs: 50, maxDelayMs: 200 },
          flush: 'microtask',
        });
        onTestFinished(() => client.close());
        const room = client.room<number>('office');
        const heard = new Set<number>();
        room.on('message', ({ data }) => void heard.add(data));
        room.subscribe(() => {});
        return { room, heard, number };
      });
      const areIn = (): Promise<void> =>
        vi.waitFor(
          () => expect(clients.filter(({ room }) => room.getSnapshot().status !== 'joined')).toEqual([]),
          20_000,
        );
      await areIn();
      first.stop();
      expect(await first.ended).toEqual([0, null]);
      expect(first.said()).toBe('');
      const second = await startProcess(first.port);
      await vi.waitFor(() => expect(codes.filter((code) => code === 1012)).toHaveLength(50), 5_000);
      await areIn();
      for (const { room, number } of clients) room.send(number);
      await vi.waitFor(() => expect(clients.filter(({ heard }) => heard.size < 50)).toEqual([]), 20_000);
      second.stop();
      expect(await second.ended).toEqual([0, null]);
    },
  );

  it('ends also where somebody does not answer the good-bye', { timeout: 30_000 }, async () => {
    const { port, stop, ended } = await startProcess(0);
    const { socket } = await connect(`http://127.0.0.1:${port}/realtime?room=x`);
    socket.pause();
    const since = performance.now();
    stop();
    expect(await ended).toEqual([0, null]);
    console.log(`ended after ${Math.round(performance.now() - since)} ms`);
  });
});
