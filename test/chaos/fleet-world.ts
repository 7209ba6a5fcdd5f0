// A fleet with somebody who writes down what its rooms take: everybody is there, talks, comes to rest, is judged, and goes. Chooses no faults.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet, type Fleet, type FleetOptions, peopleIn } from './fleet.js';
import type { Look } from './fleet-words.js';
import { type KeepingRedis, startKeepingRedis } from './keeping-redis.js';
import type { Way } from './person.js';
import { createRecorder, type Recorder } from './recorder.js';
import { addScores, type Score, type Truth } from './score.js';
import { after } from './until.js';

export interface World extends Pick<Fleet, 'nodes' | 'look'> {
  readonly redis: KeepingRedis;
  readonly rooms: readonly string[];
  /** Begins; so many messages of all together, and so many in a second. */
  talk(messages: number, perSecond: number): Promise<void>;
  hush(rooms: readonly string[]): Promise<void>;
  /** All was said, all is settled, everybody is where the room is and sees everybody. Rejects naming who is not. */
  settle(messages: number): Promise<void>;
  judge(): Promise<Verdict>;
  /** Everybody goes, politely: rejects where something does not end by itself. */
  part(): Promise<void>;
  close(): Promise<void>;
}

export interface Verdict {
  readonly score: Score;
  /** By room. */
  readonly scores: Readonly<Record<string, Score>>;
  readonly truths: Readonly<Record<string, Truth>>;
  readonly people: readonly Look[];
}

export interface WorldOptions extends Pick<FleetOptions, 'seed' | 'front'> {
  readonly rooms: number;
  readonly perRoom: number;
  /** In turn. */
  readonly ways: readonly Way[];
}

/** More than any room takes: what servers and clients forget is another test's. */
const HISTORY = 20_000;
export const LEASE_MS = 3_000;
const SERVERS = 3;
const CROWDS = 2;
const PREFIX = 'fleet:';
const SETTLED_WITHIN_MS = 60_000;

/** Until `look` finds nothing that is missing. */
export async function eventually(what: string, look: () => Promise<readonly string[]>, limitMs: number): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const missing = await look();
    if (missing.length === 0) return;
    if (performance.now() - startedAt > limitMs)
      throw new Error(`waited ${limitMs / 1_000} s for ${what}; ${missing.length}: ${missing.slice(0, 5).join('\n')}`);
    await after(50);
  }
}

export async function createWorld({ rooms: count, perRoom, ways, seed, front }: WorldOptions): Promise<World> {
  const rooms = Array.from({ length: count }, (_, n) => `room-${n}`);
  const people = peopleIn(rooms, perRoom, ways);
  const folder = mkdtempSync(join(tmpdir(), 'roomtone-fleet-'));
  const redis = await startKeepingRedis();
  let recorder: Recorder | undefined;
  let fleet: Fleet | undefined;
  const close = async (): Promise<void> => {
    await fleet?.close();
    await recorder?.close();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ground = { prefix: PREFIX, history: HISTORY, leaseMs: LEASE_MS };
    const record = (recorder = await createRecorder(redis.url, ground, rooms));
    const all = (fleet = await createFleet({
      ...{ ...ground, redis: redis.url, nodes: SERVERS, crowds: CROWDS },
      ...{ seed, people, front },
    }));
    const wanted = new Map(
      rooms.map((room) => [
        room,
        people
          .filter((each) => each.room === room)
          .map(({ name }) => name)
          .sort()
          .join(),
      ]),
    );
    const isAtHome = ({ isJoined, room, members }: Look): boolean => isJoined && members?.join() === wanted.get(room);
    const away = async (): Promise<readonly string[]> =>
      (await all.look()).filter((each) => !isAtHome(each)).map((each) => JSON.stringify(each));
    await eventually('everybody to see everybody', away, SETTLED_WITHIN_MS);

    const each = (messages: number): number => Math.floor(messages / people.length);
    return {
      ...{ nodes: all.nodes, look: all.look, redis, rooms, close },
      async talk(messages, perSecond) {
        const question = { ask: 'talk', each: each(messages), perSecond: perSecond / CROWDS } as const;
        await Promise.all(all.crowds.map((crowd) => crowd.ask(question)));
      },
      hush: async (quiet) =>
        void (await Promise.all(all.crowds.map((crowd) => crowd.ask({ ask: 'hush', rooms: quiet })))),
      async settle(messages) {
        const unsettled = async (): Promise<readonly string[]> => {
          const looks = await all.look();
          const busy = looks.filter((look) => look.waiting > 0 || look.sent < each(messages) || !isAtHome(look));
          if (busy.length > 0) return busy.map((look) => JSON.stringify(look));
          // asked when all was said: it does not move any more
          const places = new Map(
            await Promise.all(rooms.map(async (room) => [room, await record.place(room)] as const)),
          );
          return looks
            .filter(({ room, place }) => {
              const { epoch, offset } = places.get(room) ?? {};
              return place?.epoch !== epoch || place?.offset !== offset;
            })
            .map((look) => `${JSON.stringify(look)} and not at ${JSON.stringify(places.get(look.room))}`);
        };
        await eventually('everything to settle', unsettled, SETTLED_WITHIN_MS);
      },
      async judge() {
        const truths = await record.truths();
        const file = join(folder, 'truths');
        writeFileSync(file, JSON.stringify(truths));
        const found = await Promise.all(all.crowds.map((crowd) => crowd.ask({ ask: 'score', file })));
        const scoreIn = (room: string, { applied }: Truth): Score => ({
          ...addScores(found.flatMap(({ [room]: score }) => score ?? [])),
          applied: applied.length, // and not once for each crowd
        });
        const scores = Object.fromEntries(Object.entries(truths).map(([room, truth]) => [room, scoreIn(room, truth)]));
        return { truths, scores, score: addScores(Object.values(scores)), people: await all.look() };
      },
      async part() {
        const crowds = await Promise.all(all.crowds.map((crowd) => crowd.close()));
        const servers = await Promise.all(all.nodes.map((node) => node.stop()));
        if ([...crowds, ...servers].some((code) => code !== 0))
          throw new Error(`exit codes of people ${crowds.join()}, of servers ${servers.join()}`);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
