// The nginx of examples/nginx in front of three servers on one Redis: over each rung through it, while the servers are restarted one after the other; and what it says twice.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { findRedis } from '../../scripts/redis.mjs';
import { freePort } from '../support/loopback.js';
import { createWorld, eventually } from './fleet-world.js';
import { findNginx, type Nginx, runNginx } from './nginx.js';
import { faultsOf, lineOf } from './score.js';
import { chaosSeeds, isFull } from './size.js';

const CONF = readFileSync('examples/nginx/roomtone.conf', 'utf8');
const SIZE = isFull
  ? { rooms: 6, perRoom: 12, messages: 7_200, perSecond: 300 }
  : { rooms: 2, perRoom: 8, messages: 960, perSecond: 160 };

/** The file as it stands, but for the ports. */
async function startFront(path: string, ports: readonly number[]): Promise<Nginx> {
  const port = await freePort();
  let text = CONF.replace('listen 8080;', `listen 127.0.0.1:${port};`);
  for (const [index, own] of ports.entries()) text = text.replace(`127.0.0.1:${3001 + index}`, `127.0.0.1:${own}`);
  for (const each of [port, ...ports]) expect(text).toContain(`127.0.0.1:${each}`);
  return runNginx(path, port, text);
}

test('docs/scaling.md shows that file', () => {
  expect(readFileSync('docs/scaling.md', 'utf8')).toContain(`\`\`\`nginx\n${CONF}\`\`\``);
});

const nginx = findNginx(isFull);

if (!nginx || !findRedis())
  test('nginx in front of three servers', () => {
    const words = '\n!! There is no nginx or no redis-server here: three servers behind nginx were NOT tested.\n';
    console.info(words);
    expect(process.env['CI'] && isFull ? words : '').toBe('');
  });
else {
  test(
    'servers are restarted one after the other: nothing is lost, doubled or out of order, and no gap is told',
    { timeout: 180_000 },
    async () => {
      const seed = chaosSeeds[0] ?? 1;
      const { messages, perSecond, ...size } = SIZE;
      let front: Nginx | undefined;
      const world = await createWorld({
        ...{ ...size, seed, ways: ['websocket', 'sse', 'long-poll', 'poll'] },
        front: async (ports) => (front = await startFront(nginx, ports)),
      });
      try {
        const { nodes, look } = world;
        await world.talk(messages, perSecond);
        const times: string[] = [];
        for (const node of nodes) {
          const startedAt = performance.now();
          expect(await node.stop(), 'exit code of a server').toBe(0);
          const stoppedMs = Math.round(performance.now() - startedAt);
          await node.start();
          const absent = async (): Promise<readonly string[]> =>
            (await look()).filter(({ isJoined }) => !isJoined).map((each) => JSON.stringify(each));
          await eventually('everybody to be back', absent, 30_000);
          times.push(`${stoppedMs}/${Math.round(performance.now() - startedAt)}`);
        }
        await world.settle(messages);
        const { score, people } = await world.judge();
        const wires = people.reduce((sum, { opened }) => sum + opened, 0);
        console.info(
          `fleet behind nginx, seed ${seed}: ${people.length} clients, ended/all back after ${times.join(', ')} ms, ${wires} wires: ${lineOf(score)}`,
        );
        expect(faultsOf(score)).toEqual({});
        expect([score.applied, score.gaps]).toEqual([messages, 0]);
        await world.part();
      } catch (error) {
        throw new Error(`fleet behind nginx, seed ${seed}: ${(error as Error).message}`, { cause: error });
      } finally {
        await world.close();
        await front?.close();
      }
    },
  );

  test('a POST that may have arrived is not said again; one that could not leave goes to the next server', async () => {
    const arrived: string[] = [];
    let isRude = true; // takes a request, and hangs up
    const listen = async (): Promise<Server> => {
      const server = createServer((request: IncomingMessage, response) => {
        request.resume().on('end', () => {
          arrived.push(`${request.method} ${request.url}`);
          if (isRude) request.socket.destroy();
          else response.end('ok');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    };
    const servers = await Promise.all([listen(), listen(), listen()]);
    const portOf = (server: Server): number => (server.address() as AddressInfo).port;
    const front = await startFront(nginx, servers.map(portOf));
    const ask = async (method: 'GET' | 'POST', n: number): Promise<number> => {
      const what = method === 'POST' ? { method, body: '{}' } : {};
      const response = await fetch(`http://127.0.0.1:${front.port}/realtime?session=s${n}`, what);
      await response.text();
      return response.status;
    };
    const end = (server: Server | undefined): Promise<unknown> => {
      server?.closeAllConnections();
      return new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    };
    const many = Array.from({ length: 20 }, (_, n) => n);
    try {
      const timesOf = (method: string): readonly number[] =>
        many.map((n) => arrived.filter((each) => each === `${method} /realtime?session=s${n}`).length);
      expect(await ask('POST', 0)).toBe(502);
      expect(timesOf('POST')[0]).toBe(1);
      expect(await ask('GET', 0)).toBe(502);
      expect(timesOf('GET')[0]).toBeGreaterThan(1);
      isRude = false;
      await end(servers[1]);
      // for `fail_timeout` nobody is asked
      const refused = async (): Promise<readonly string[]> => ((await ask('GET', 0)) === 200 ? [] : ['refused']);
      await eventually('nginx to ask again', refused, 10_000);
      arrived.length = 0;
      for (const n of many) expect([await ask('POST', n), await ask('GET', n)]).toEqual([200, 200]);
      for (const method of ['POST', 'GET']) expect(timesOf(method)).toEqual(many.map(() => 1));
    } finally {
      await front.close();
      await Promise.all(servers.map(end));
    }
  });
}
