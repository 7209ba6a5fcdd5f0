// Where the ws package is not installed: everything else works, and the cure is said.

import { expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../../src/server/node/command.js';
import { ask } from './support.js';

vi.mock('ws', () => {
  throw new Error("Cannot find package 'ws'");
});

it('refuses WebSockets with 501 and the name of the package, serves the rest, and says so when it starts', async () => {
  const said: string[] = [];
  const serving = await run(['serve', '--port', '0'], { out: () => {}, err: (text) => said.push(text) });
  if (typeof serving === 'number') throw new Error(said.join(''));
  onTestFinished(() => serving.close());
  expect(said.join('')).toMatch(/npm i ws/);
  const headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  for (let i = 0; i < 2; i++)
    expect(await ask(serving.url, { headers })).toMatchObject({
      status: 501,
      body: expect.stringContaining('npm i ws'),
    });
  expect((await ask(serving.url)).body).toBe('[]');
});
