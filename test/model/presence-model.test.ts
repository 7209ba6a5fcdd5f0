// @vitest-environment node
// Presence over a wire that cuts, repeats, loses and overtakes, against a plain list of who is there.

import { expect, test } from 'vitest';
import { initialPresence, type PresenceEvent, reducePresence } from '../../src/model/presence.js';
import type { PresenceChange, PresenceEntry } from '../../src/protocol/rooms-frames.js';
import { type Chance, overSeeds } from '../support/seed.js';

const PEOPLE = ['a', 'b', '__proto__'];
const CONNECTIONS = ['1', '2'];

/** What a server keeps: entries, and changes that go out together. */
function createServer() {
  const entries = new Map<string, PresenceEntry>();
  let seq = 0;
  let n = 0;
  let time = 0;
  let tick: PresenceChange[] = [];
  const keyOf = (user: string, connection: string): string => `${user}/${connection}`;
  return {
    show(user: string, connection: string, data: PresenceEntry['data']): void {
      const key = keyOf(user, connection);
      const known = entries.get(key);
      const entry = { user, connection, n: ++n, data, joinedAt: known?.joinedAt ?? ++time };
      entries.set(key, entry);
      tick.push({ op: known ? 'update' : 'enter', entry });
    },
    leave(user: string, connection: string): void {
      const known = entries.get(keyOf(user, connection));
      if (!known) return;
      entries.delete(keyOf(user, connection));
      tick.push({ op: 'leave', user, connection, n: known.n });
    },
    /** The changes of this tick, if there are any. */
    flush(): PresenceEvent | undefined {
      if (tick.length === 0) return undefined;
      const changes = tick;
      tick = [];
      return { type: 'presence', seq: ++seq, changes };
    },
    snapshot: (): PresenceEvent => ({ type: 'members', seq, members: [...entries.values()] }),
    /** It forgets everybody, and numbers from the beginning. */
    restart(): void {
      entries.clear();
      seq = 0;
      n = 0;
      tick = [];
    },
    roster(): unknown {
      const roster = new Map<string, unknown[]>();
      const oldestFirst = [...entries.values()].sort((one, other) => one.joinedAt - other.joinedAt);
      for (const { user, connection, data, joinedAt } of oldestFirst)
        roster.set(user, [...(roster.get(user) ?? []), { id: connection, presence: data, joinedAt }]);
      return roster;
    },
  };
}

function walk({ below, pick }: Chance): void {
  const server = createServer();
  let state = initialPresence;
  let isConnected = false;
  /** On its way to the viewer, in order. */
  let wire: PresenceEvent[] = [];
  /** Said by the server and held up: what comes after it overtakes it. */
  let snapshot: PresenceEvent | undefined;
  let told: Set<string> | undefined; // who is here by what was said to have happened

  const hear = (events: readonly PresenceEvent[]): void => {
    const before = state.core.known;
    const { state: next, happened } = reducePresence(state, events);
    for (const { type, member } of happened) {
      if (told) {
        if (told.has(member.id) === (type === 'enter')) throw new Error(`${type} of ${member.id} out of turn`);
        if (type === 'enter') told.add(member.id);
        if (type === 'leave') told.delete(member.id);
      }
      expect(member.connections.length).toBeGreaterThan(0);
    }
    state = next;
    if (!before && state.core.known && !told) told = new Set(state.members.keys());
    // each may be said one event at a time; in a batch with the first snapshot what follows it is told as well
    if (told && before) expect([...told].sort()).toEqual([...state.members.keys()].sort());
    const entries = [...state.members.values()].reduce((sum, { connections }) => sum + connections.length, 0);
    expect(state.connections).toBe(entries);
    if (!before && state.core.known) told = new Set(state.members.keys());
  };
  const deliver = (count: number): void => hear(wire.splice(0, count));
  const tell = (): void => {
    const diff = server.flush();
    if (!diff || !isConnected) return;
    if (below(12) > 0) wire.push(diff); // else it is lost: a hole
    if (below(12) === 0) wire.push(diff);
  };
  const cut = (): void => {
    isConnected = false;
    wire = [];
    snapshot = undefined;
    hear([{ type: 'cut' }]);
  };
  const ask = (): void => {
    server.flush(); // whoever joins in the middle of a tick is not told of it
    snapshot = server.snapshot();
  };
  const steps: readonly (() => void)[] = [
    () => server.show(pick(PEOPLE), pick(CONNECTIONS), { x: below(3) }),
    () => server.show(pick(PEOPLE), pick(CONNECTIONS), { x: below(3) }),
    () => server.leave(pick(PEOPLE), pick(CONNECTIONS)),
    () => {
      // dropped and back at once
      const [user, connection] = [pick(PEOPLE), pick(CONNECTIONS)];
      server.leave(user, connection);
      if (below(2)) tell();
      server.show(user, connection, { x: below(3) });
    },
    tell,
    tell,
    () => deliver(1 + below(4)),
    () => {
      if (isConnected) return;
      isConnected = true;
      ask();
    },
    () => {
      if (snapshot) wire.push(snapshot);
      snapshot = undefined;
    },
    () => {
      if (isConnected && state.lost && !snapshot) {
        tell();
        ask();
      }
    },
    () => {
      if (below(4) === 0) cut();
    },
    () => {
      if (below(12) > 0) return;
      cut();
      server.restart();
    },
  ];

  for (let step = 0; step < 60; step++) pick(steps)();
  tell();
  deliver(Infinity);
  if (state.synced) {
    const diff = server.flush();
    if (diff) hear([diff]);
  }
  // a lost one at the very end is a hole that nobody can see yet: the next snapshot mends it
  if (!isConnected || !state.synced || below(2)) hear([server.snapshot()]);
  else if (state.core.seq !== (server.snapshot() as { readonly seq: number }).seq) hear([server.snapshot()]);
  if (!state.synced) hear([server.snapshot()]);
  expect(state.synced).toBe(true);
  expect(new Map([...state.members].map(([id, { connections }]) => [id, connections]))).toEqual(server.roster());
}

test(
  'E8 whatever the wire does, the view becomes that of the server, and each comes and goes in turn',
  { timeout: 60_000 },
  () => {
    overSeeds(10_000, walk);
  },
);
