// A real nginx between, set up as people do who did not think of us: the client is live over some rung, and nothing is lost.

import { expect, test } from 'vitest';
import { createArena } from './arena.js';
import { findNginx, startNginx } from './nginx.js';
import { whereIs } from './scenario.js';
import { faultsOf, lineOf } from './score.js';
import { chaosMs, chaosSeeds, isFull } from './size.js';
import { after } from './until.js';

interface Setup {
  readonly name: string;
  /** Directives of nginx. */
  readonly location: string;
  /** Default 1,000. */
  readonly heartbeatMs?: number | undefined;
  /** The rungs on which it may end up; undefined: any. */
  readonly over?: readonly string[] | undefined;
  readonly rates?: { readonly down: number; readonly up: number } | undefined;
}

const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

const setups: readonly Setup[] = [
  { name: 'as it comes: buffering, no upgrade headers', location: '', over: ['sse'] },
  {
    name: 'buffering that cannot be talked out of it, no upgrade headers',
    location: 'proxy_ignore_headers X-Accel-Buffering;',
    over: ['long-poll', 'poll'],
  },
  { name: 'HTTP/1.1 without upgrade headers', location: 'proxy_http_version 1.1;', over: ['sse'] },
  { name: 'with upgrade headers', location: UPGRADE, over: ['websocket'] },
  {
    name: 'proxy_read_timeout 2s, quiet, kept alive sooner',
    location: `${UPGRADE} proxy_read_timeout 2s;`,
    heartbeatMs: 1_000,
    over: ['websocket'],
    rates: { down: 0.3, up: 0.3 },
  },
  {
    name: 'proxy_read_timeout 2s, quiet, kept alive too late',
    location: `${UPGRADE} proxy_read_timeout 2s;`,
    heartbeatMs: 25_000,
    rates: { down: 0.3, up: 0.3 },
  },
  {
    name: 'proxy_read_timeout 2s, quiet, no upgrade headers',
    location: 'proxy_read_timeout 2s;',
    heartbeatMs: 25_000,
    rates: { down: 0.3, up: 0.3 },
  },
];

const nginx = findNginx(isFull);
const seed = chaosSeeds[0] ?? 1;
const wanted = isFull ? setups : setups.slice(0, 1);

if (!nginx)
  test('nginx', () => {
    // said, and not left out in silence
    const words = '\n!! There is no nginx here (apt-get install nginx-light): what stands behind it was NOT tested.\n';
    console.info(words);
    expect(process.env['CI'] && isFull ? words : '').toBe('');
  });
else
  test.concurrent.each(wanted.map((setup) => [setup.name, setup] as const))(
    'nginx: %s',
    { timeout: 120_000 },
    async (name, { location, heartbeatMs = 1_000, over, rates = { down: 30, up: 10 } }) => {
      const started = performance.now();
      const arena = await createArena({
        ...{ seed, ways: ['ladder', 'ladder'], rttMs: 20, heartbeatMs },
        heartbeat: { intervalMs: 25_000, timeoutMs: 10_000 }, // the default: it keeps nothing alive here
        connectTimeoutMs: 20_000,
        behind: (port) => startNginx(nginx, port, location),
      });
      try {
        const liveMs = Math.round(performance.now() - started);
        const { people, proxy, chance } = arena;
        const load = arena.talk(rates);
        await after(isFull ? Math.max(chaosMs, 7_000) : 1_500);
        const rungs = people.map(({ client }) => client.connection.getSnapshot().transport);
        for (let cuts = 0; cuts < 3; cuts++) {
          proxy.cut(chance.pick(['rst', 'fin']), 'all');
          await after(500 + 300 * chance.random());
        }
        load.stop();
        await load.done;
        await arena.settle();
        const score = arena.score();
        console.info(
          `nginx, ${name}, seed ${seed}: live after ${liveMs} ms over ${rungs.join(' and ')}, opened ${people.map(({ opened }) => opened).join(' and ')} times: ${lineOf(score)}`,
        );
        expect(faultsOf(score)).toEqual({});
        expect(score.gaps).toBe(0);
        if (over) for (const rung of rungs) expect(over).toContain(rung);
      } catch (error) {
        throw new Error(`nginx, ${name}, seed ${seed}: ${(error as Error).message}\n${whereIs(arena)}`, {
          cause: error,
        });
      } finally {
        await arena.close();
      }
    },
  );
