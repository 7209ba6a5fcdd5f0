// A server is killed with SIGKILL while people talk over it: those who were on it go on with the other, and nothing is lost or doubled.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { build } from 'vite';
import { until } from '../chaos/until.js';
import { createCuttingProxy } from '../support/cutting-proxy.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { createNode } from './kit.js';
import { createPerson, HISTORY, isJoined, membersOf, ROOM } from './people.js';

const LEASE_MS = 2_000;
const EACH = 400;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let server: RedisServer;
let folder: string;
beforeAll(async () => {
  server = await startRedis();
  const cache = here('../../node_modules/.cache'); // where `ws` and `redis` are found
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'redis-'));
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, ssr: here('./node-process.ts'), target: 'node20' },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error('The server was not built.');
  writeFileSync(join(folder, 'server.mjs'), first.output[0].code);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

interface Far {
  readonly port: number;
  kill(): void;
}

async function startFar(prefix: string): Promise<Far> {
  const settings = JSON.stringify({ url: server.url, prefix, history: HISTORY, leaseMs: LEASE_MS });
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'server.mjs'), settings], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  onTestFinished(kill);
  let port = 0;
  child.on('message', (message) => void (port = Number(message)));
  await until('the server to listen', () => port > 0, 20_000);
  return { port, kill };
}

test(
  'one of two servers is killed under load: 0 lost, 0 doubled, in order; its members leave within the lease',
  { timeout: 60_000 },
  async () => {
    const prefix = 'killed:';
    const [dying, other] = [await startFar(prefix), await startFar(prefix)];
    const alive = [dying, other];
    const way = await createCuttingProxy(() => alive[0]!.port, Math.random);
    try {
      // two who are on the one that dies, and come back over the other; one who is there all the time; one who never comes back
      const movers = ['anna', 'ben'].map((name) => createPerson(name, way.port));
      const stayer = createPerson('cleo', other.port);
      const victim = createPerson('dora', dying.port);
      const people = [...movers, stayer];
      for (const { room } of [...people, victim]) room.enter({});
      await until('everybody to be seen', () => people.every((each) => membersOf(each).length === 4));
      const saying = Promise.all(people.map((each) => each.speak(EACH)));
      await until('some talk', () => stayer.heard.length > EACH);
      dying.kill();
      const killedAt = performance.now();
      alive.shift();
      way.cutAll();
      victim.client.close();
      const left: string[] = [];
      stayer.room.on('presence', ({ type, member }) => void (type === 'leave' && left.push(member.id)));
      await saying;
      const node = createNode(server.url, { prefix, history: { size: HISTORY }, leaseMs: LEASE_MS });
      const said = (await node.backplane.latest(ROOM, HISTORY)).messages.map(({ id }) => id);
      await until('everybody to hear everything', () => people.every(({ heard }) => heard.length >= said.length));
      expect([said.length, new Set(said).size]).toEqual([3 * EACH, 3 * EACH]);
      for (const { heard, gaps, receipts, name } of people) {
        expect(heard.map(({ id }) => id)).toEqual(said);
        expect(gaps).toEqual([]);
        expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['acknowledged']));
        const own = said.filter((id) => id.startsWith(`${name} `));
        expect(own).toEqual(own.map((_, n) => `${name} ${n}`));
      }
      await until('the one who was only there to be gone', () => !membersOf(stayer).includes('dora'));
      const goneAfterMs = performance.now() - killedAt;
      await until('the others to be seen', () =>
        people.every((each) => isJoined(each) && membersOf(each).join() === 'anna,ben,cleo'),
      );
      expect(left).toEqual(['dora']);
      console.info(
        `${said.length} messages: 0 lost, 0 doubled; gone after ${goneAfterMs.toFixed(0)} ms of ${LEASE_MS}`,
      );
    } finally {
      await way.close();
    }
  },
);
