// Who is honest, who is not, and what each may hear, for the fuzzed rooms. Tests nothing.

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readServerFrame } from '../../../src/protocol/read-frames.js';
import type { PresenceEntry, PublishFrame, ServerEvent } from '../../../src/protocol/rooms-frames.js';
import { type Chance, createChance, firstSeed } from '../../support/seed.js';
import type { Known } from '../../support/hostile-frames.js';
import { keyOf } from './rooms-peer.js';

export const HONEST = ['anna', 'ben'];
export const CROOKS = ['mallory', 'trudy', 'eve', 'oscar'];
/** Honest people alone may join the second. */
export const HONEST_ROOMS = ['a', 'private'];
const ROOMS = ['a', 'b', 'private'];
const ODD_ROOMS = ['__proto__', 'constructor', '../a', '..%2fa', 'room:*', 'A', 'a ', '*', '\u202ea'];
/** Said in the private room only. */
const SECRET = 'classified';

setFlagsFromString('--expose_gc');
const gc = runInNewContext('gc') as () => void;
/** What is left when all that is forgotten is thrown away. */
export function heapMiB(): number {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** The codes that docs/protocol.md §8 names. */
export const documented: ReadonlySet<string> = new Set(
  [...readFileSync('docs/protocol.md', 'utf8').matchAll(/^\| ([`\d, a-z-]+) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/[a-z-]{3,}|\d{4}/g) ?? [],
  ),
);

export const tokenOf = (user: string): string => `secret-of-${user}`;
export function authenticate(token: string | undefined): { readonly id: string } | null {
  const [, id] = /^secret-of-(\w+)$/.exec(token ?? '') ?? [];
  return id === undefined ? null : { id };
}
export const authorize = ({ user, room }: { readonly user: { readonly id: string }; readonly room: string }): boolean =>
  room !== 'private' || HONEST.includes(user.id);

export const knownTo = (connections: readonly string[]): Known => ({
  rooms: [...ROOMS, ...ROOMS, ...ODD_ROOMS],
  users: [...HONEST, ...CROOKS],
  keys: [...HONEST, ...CROOKS, ...CROOKS].map(keyOf), // those of the honest too, as if stolen
  tokens: [...CROOKS.map(tokenOf), 'anna', ''],
  connections,
});

const textOf = (who: string, room: string, n: number): string => `${who} ${n}${room === 'private' ? ` ${SECRET}` : ''}`;
export const nthOf = (who: string, n: number): PublishFrame[] =>
  HONEST_ROOMS.map((room) => ({ t: 'publish', room, id: `m${n}`, data: textOf(who, room, n) }));
/** What each honest client must have heard of the honest, when each said `count` in each room. */
export const wholeOf = (count: number): Record<string, string[]> =>
  Object.fromEntries(
    HONEST.flatMap((who) =>
      HONEST_ROOMS.map((room) => [`${who} in ${room}`, Array.from({ length: count }, (_, n) => textOf(who, room, n))]),
    ),
  );

/** Whatever an honest client hears is right, or it throws. `owners`: whom the server gave which connection. */
export function createWitness(owners: ReadonlyMap<string, string>) {
  const places = new Map<string, number>();
  const ids = new Set<string>();
  const heard: Record<string, string[]> = {}; // of the honest
  const demand = (isSo: boolean, what: string, event: unknown): void => {
    if (!isSo) throw new Error(`${what}: ${JSON.stringify(event).slice(0, 500)}`);
  };
  const check = (entry: PresenceEntry): void => {
    const { user, connection, data } = entry;
    demand(owners.get(connection) === user, 'a member that nobody is', entry);
    if (HONEST.includes(user)) demand(JSON.stringify(data) === `{"name":"${user}"}`, 'shown by another', entry);
  };
  const witness = (event: ServerEvent): void => {
    if (event.t === 'members') event.members.forEach(check);
    else if (event.t === 'joined') places.set(event.room, event.offset);
    else if (event.t === 'presence') {
      for (const change of event.changes) {
        if (change.op !== 'leave') check(change.entry);
        else demand(!HONEST.includes(change.user), 'a leave that nobody meant', change);
      }
    } else if (event.t === 'message') {
      const { room, from, id, offset, data } = event;
      demand(offset === (places.get(room) ?? 0) + 1, `not behind ${places.get(room)}`, event);
      places.set(room, offset);
      const name = JSON.stringify([room, from, id]);
      demand(!ids.has(name), 'a second time', event);
      ids.add(name);
      const isHonest = HONEST.includes(from ?? '');
      demand(isHonest || (room !== 'private' && CROOKS.includes(from ?? '')), 'an author that nobody is', event);
      if (isHonest) (heard[`${from} in ${room}`] ??= []).push(String(data));
    } else demand(['welcome', 'pong', 'ack'].includes(event.t), 'said to who did nothing', event);
  };
  return { witness, heard };
}

/** What an attacker hears is none of the secret, and readable; or it throws. */
export function overhear(frame: string, codes: Set<string>): readonly ServerEvent[] {
  if (frame.includes(SECRET)) throw new Error(`somebody outside heard the private room: ${frame.slice(0, 500)}`);
  return readServerFrame(frame).map((read) => {
    if (!('event' in read)) throw new Error(`the server says what no client can read: ${frame.slice(0, 500)}`);
    if (read.event.t === 'error') codes.add(read.event.code);
    return read.event;
  });
}

/** A failure begins with the seed that repeats it. */
export async function seeded(run: (chance: Chance) => Promise<void>): Promise<void> {
  const seed = firstSeed();
  try {
    await run(createChance(seed));
  } catch (error) {
    throw new Error(`seed ${seed} (repeat with WALK_SEED=${seed}): ${(error as Error).message}`, { cause: error });
  }
}
