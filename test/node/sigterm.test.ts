// HC16: SIGTERM with 1,000 clients. Each has heard what was said before, is told to come back, and the process ends well.

import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Built, buildProcess } from '../support/built-process.js';

const CLIENTS = 1_000;
const MESSAGES = 20;

let cli: Built;
beforeAll(async () => void (cli = await buildProcess('src/server/node/cli.ts')), 60_000);
afterAll(() => cli.remove());

/** Half are plain links, half clients of the rooms protocol. Resolves when it is in the room. */
async function join(port: number, number: number) {
  const isPlain = number % 2 === 0;
  const query = isPlain ? 'room=office' : `session=client-number-${String(number).padStart(8, '0')}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/realtime?${query}`);
  onTestFinished(() => socket.terminate());
  const heard: number[] = [];
  let joined = (): void => {};
  const isIn = new Promise<void>((resolve) => (joined = resolve));
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as unknown;
    if (typeof frame === 'number') return void heard.push(frame);
    for (const event of [frame].flat() as { readonly t: string; readonly data?: number }[]) {
      if (event.t === 'joined') joined();
      if (event.t === 'message') heard.push(Number(event.data));
    }
  });
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  if (!isPlain) {
    const hello = { t: 'hello', v: 1, key: `key-of-client-${number}`.padEnd(16, '-') };
    socket.send(JSON.stringify([hello, { t: 'join', room: 'office', join: 1 }]));
    await isIn;
  }
  return { socket, heard, closed };
}

it(
  '1,000 clients: none misses what was said, all hear 1012, the process ends with 0 and in silence',
  { timeout: 60_000 },
  async () => {
    const child = cli.spawn(['serve', '--port', '0']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    let errors = '';
    child.stderr!.on('data', (piece: Buffer) => void (errors += piece.toString()));
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const port = Number(/:(\d+)\//.exec(line.toString())?.[1]);

    const clients = [];
    for (let from = 0; from < CLIENTS; from += 50)
      clients.push(...(await Promise.all(Array.from({ length: 50 }, (_, n) => join(port, from + n)))));
    const [speaker] = clients;
    for (let n = 1; n <= MESSAGES; n++) speaker!.socket.send(String(n));
    while (speaker!.heard.length < MESSAGES) await once(speaker!.socket, 'message');
    const since = performance.now();
    child.kill('SIGTERM');
    const codes = await Promise.all(clients.map(({ closed }) => closed));
    expect(await ended).toEqual([0, null]);
    console.info(`SIGTERM with ${CLIENTS} clients: over after ${Math.round(performance.now() - since)} ms`);
    expect(codes.filter((code) => code !== 1012)).toEqual([]);
    const all = Array.from({ length: MESSAGES }, (_, n) => n + 1);
    expect(clients.filter(({ heard }) => heard.join() !== all.join())).toEqual([]);
    expect(errors).toBe('');
  },
);
