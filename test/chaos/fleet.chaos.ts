// Servers on one Redis that are killed and started again under load, and Redis too: nothing is lost, doubled or out of order, and gaps are told where Redis has lost something.

import { expect, test } from 'vitest';
import { findRedis } from '../../scripts/redis.mjs';
import { createChance } from '../support/seed.js';
import type { Look } from './fleet-words.js';
import { createWorld, eventually, LEASE_MS, type Verdict, type World } from './fleet-world.js';
import type { Way } from './person.js';
import { faultsOf, lineOf } from './score.js';
import { chaosSeeds, isFull } from './size.js';
import { after } from './until.js';

interface Run {
  readonly name: string;
  /** Does Redis lose its newest part when it dies? */
  readonly isLossy: boolean;
  readonly rooms: number;
  readonly perRoom: number;
  readonly messages: number;
  readonly perSecond: number;
  /** From one death of a server to the next. */
  readonly everyMs: number;
  readonly kills: number;
}

const KEPT = { name: 'Redis restarts with its data', isLossy: false } as const;
const LOST = { name: 'Redis restarts without its newest data', isLossy: true } as const;
const FULL = { rooms: 20, perRoom: 15, perSecond: 420, everyMs: 5_000, kills: Infinity };
const SHORT = { rooms: 3, perRoom: 10, perSecond: 600, everyMs: 1_000, kills: 1 };
const runs: readonly Run[] = isFull
  ? [
      { ...KEPT, ...FULL, messages: 50_100 },
      { ...LOST, ...FULL, messages: 25_200 },
    ]
  : [{ ...KEPT, ...SHORT, messages: 3_000 }];

/** Most over WebSocket. */
const WAYS: readonly Way[] = [...Array.from({ length: 7 }, () => 'websocket' as const), 'sse', 'long-poll', 'sse'];

const secondsSince = (startedAt: number): string => ((performance.now() - startedAt) / 1_000).toFixed(1);

/** Some rooms are silent meanwhile: what they have is older, and nobody may be told that it is gone. */
async function loseNewest({ redis, rooms, hush, look }: World): Promise<readonly string[]> {
  const quiet = rooms.slice(0, Math.ceil(rooms.length / 4));
  const isBusy = ({ room, waiting, isJoined }: Look): boolean => quiet.includes(room) && (waiting > 0 || !isJoined);
  const busy = async (): Promise<readonly string[]> => (await look()).filter(isBusy).map(({ name }) => name);
  await hush(quiet);
  await eventually('silence', busy, 60_000);
  await after(LEASE_MS + 1_500); // now nobody is found dead any more, either
  redis.mark();
  await after(1_000);
  await redis.kill();
  redis.lose();
  await redis.start();
  await hush([]);
  return quiet;
}

/** What was lost in Redis is told to everybody in that room, and to nobody else; and nothing else is lost. */
function expectGaps({ scores, truths, people }: Verdict, quiet: readonly string[]): void {
  for (const [room, score] of Object.entries(scores)) {
    const { acknowledgedButLost = 0, ...faults } = faultsOf(score);
    expect(faults, room).toEqual({});
    // Redis said that it had it, and died with it before anybody else heard of it
    if (truths[room]?.epochs.length === 1) expect(acknowledgedButLost, room).toBe(0);
  }
  for (const { name, room, gaps } of people) {
    const lives = truths[room]?.epochs.length ?? 0;
    expect(gaps, `gaps of ${name}`).toBe(lives - 1);
    if (quiet.includes(room)) expect(lives, `${room}, which was quiet`).toBe(1);
  }
}

if (!findRedis())
  test('a fleet', () => {
    const words = '\n!! There is no redis-server here: servers that die on one Redis were NOT tested.\n';
    console.info(words);
    expect(process.env['CI'] ? words : '').toBe('');
  });
else
  test.each(runs.map((run) => [run.name, run] as const))(
    'servers die one after the other, and %s',
    { timeout: 1_200_000 },
    async (name, { isLossy, rooms, perRoom, messages, perSecond, everyMs, kills }) => {
      const seed = chaosSeeds[0] ?? 1;
      const chance = createChance(seed);
      const world = await createWorld({ rooms, perRoom, ways: WAYS, seed });
      try {
        const { nodes, redis, look } = world;
        let killed = 0;
        const killNext = async (): Promise<void> => {
          const node = nodes[killed++ % nodes.length];
          await node?.kill();
          await after(chance.below(everyMs / 5));
          await node?.start();
        };
        const restart = async (): Promise<readonly string[]> => {
          const isBoth = killed < kills && chance.below(2) === 0; // at the same moment a server dies as well
          const server = isBoth ? killNext() : undefined;
          await after(chance.below(100));
          await redis.kill();
          await after(chance.below(500));
          await redis.start();
          await server;
          return [];
        };
        const startedAt = performance.now();
        await world.talk(messages, perSecond);
        let quiet: readonly string[] | undefined;
        for (let dueAt = startedAt + everyMs; ; await after(isFull ? 250 : 50)) {
          const looks = await look();
          const sent = looks.reduce((sum, each) => sum + each.sent, 0);
          const isHalfThere = looks.filter(({ isJoined }) => isJoined).length >= looks.length / 2; // a busy machine
          if (!quiet && sent > messages / 2) {
            quiet = await (isLossy ? loseNewest(world) : restart());
            dueAt = performance.now() + everyMs;
          } else if (sent >= messages) break;
          else if (killed < kills && performance.now() >= dueAt && isHalfThere) {
            dueAt = performance.now() + everyMs;
            await killNext();
          }
        }
        const saidIn = secondsSince(startedAt);
        const endedAt = performance.now();
        await world.settle(messages);
        const settledIn = secondsSince(endedAt);
        const verdict = await world.judge();
        const { score, people } = verdict;
        const wires = people.reduce((sum, { opened }) => sum + opened, 0);
        console.info(
          `fleet, ${name}, seed ${seed}: ${nodes.length} servers, ${people.length} clients in ${rooms} rooms, ${killed} servers killed, said in ${saidIn} s, settled in ${settledIn} s, ${wires} wires: ${lineOf(score)}`,
        );
        expect(killed).toBeGreaterThan(0);
        expectGaps(verdict, quiet ?? []);
        if (!isLossy) expect([score.applied, score.gaps]).toEqual([messages, 0]);
        else expect([score.applied + score.acknowledgedButLost >= messages, score.gaps > 0]).toEqual([true, true]);
        await world.part();
      } catch (error) {
        throw new Error(`fleet, ${name}, seed ${seed}: ${(error as Error).message}`, { cause: error });
      } finally {
        await world.close();
      }
    },
  );
