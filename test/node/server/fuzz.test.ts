// HC3, HC5, HC9, HC12, HC14: a hundred thousand bent frames, beside people who are not to notice.

import { expect, it } from 'vitest';
import type { ServerEvent } from '../../../src/protocol/rooms-frames.js';
import type { Session } from '../../../src/server/sessions/session.js';
import type { SessionWire } from '../../../src/server/sessions/session-services.js';
import { createSessions } from '../../../src/server/sessions/sessions.js';
import { createWorld, settled } from '../../server/sessions/session-world.js';
import { createHostileFrames } from '../../support/hostile-frames.js';
import * as they from './fuzz-world.js';
import { greet, keyOf, overSocket, type RoomsPeer } from './rooms-peer.js';
import { start } from './support.js';

const { HONEST, CROOKS, tokenOf, authenticate, authorize } = they;
const entering = (who: string) =>
  they.HONEST_ROOMS.map((room, join) => ({ t: 'join', room, join, presence: { name: who } }) as const);
const undocumented = (codes: ReadonlySet<string>): string[] => [...codes].filter((code) => !they.documented.has(code));

it('100,000 bent frames: documented answers, bounded memory, and nobody beside them notices', { timeout: 60_000 }, () =>
  they.seeded(async (chance) => {
    const world = createWorld({
      ...{ authenticate, authorize, settings: { maxPresenceBytes: 4_096 } },
      memory: { maxRooms: 6, history: { size: 20, maxBytes: 2 ** 21 }, dedupe: { size: 200_000 } },
      connections: { maxMembersPerRoom: 5, maxPerUser: 4 },
      rates: { limit: { perSecond: 20_000, burst: 20_000 } },
    });
    const owners = new Map<string, string>();
    const codes = new Set<string>();
    const wrong: unknown[] = []; // the first is told
    const open = (hear: (frame: string) => void, close: (code: number) => void) => {
      let user = '';
      const sessions = createSessions<undefined>({
        ...world.services,
        authenticate(token) {
          const identity = authenticate(token);
          user = identity?.id ?? '';
          return identity;
        },
      });
      const wire: SessionWire = {
        send(frame) {
          // also before it is heard: others may hear of it first
          const [, connection] = /"t":"welcome".*"connection":"([^"]+)"/.exec(frame.slice(0, 300)) ?? [];
          if (connection !== undefined) owners.set(connection, user);
          try {
            hear(frame);
          } catch (error) {
            wrong.push(error);
          }
        },
        close,
      };
      return sessions.open(wire, undefined);
    };

    const clients = [];
    for (const who of HONEST) {
      const { witness, heard } = they.createWitness(owners);
      const closed: number[] = [];
      const session = open(
        (frame) => [JSON.parse(frame) as ServerEvent | ServerEvent[]].flat().forEach(witness),
        (code) => void closed.push(code),
      );
      const say = (...events: readonly unknown[]): void => session.receive(JSON.stringify(events));
      say({ t: 'hello', v: 1, key: keyOf(who), token: tokenOf(who) }, ...entering(who));
      await settled();
      clients.push({ closed, heard, say });
    }
    const attack = createHostileFrames(chance, they.knownTo([...owners.keys()]));
    const begin = (): { readonly session: Session; readonly isOver: () => boolean } => {
      let isOver = false;
      const session = open(
        (frame) => void they.overhear(frame, codes),
        (code) => {
          codes.add(String(code));
          isOver = true;
        },
      );
      const key = keyOf(`${chance.pick(CROOKS)}${chance.below(2)}`);
      const hello = { t: 'hello', v: 1, key, token: tokenOf(chance.pick(CROOKS)) };
      if (chance.random() < 0.95) session.receive(JSON.stringify(hello));
      return { session, isOver: () => isOver };
    };

    const wires = Array.from({ length: 8 }, begin);
    let wireCount = wires.length;
    let said = 0;
    const before = they.heapMiB();
    for (let frames = 0; frames < 100_000 && wrong.length === 0; frames++) {
      const at = chance.below(wires.length);
      const wire = wires[at]!;
      if (!wire.isOver()) wire.session.receive(attack());
      const leaves = chance.random() < 0.001;
      if (leaves) wire.session[chance.pick(['lost', 'bye'] as const)]();
      if (leaves || wire.isOver()) wires[at] = (wireCount++, begin());
      if (frames % 20 === 0) await world.advance(chance.below(20));
      if (frames % 500 > 0) continue;
      for (const [index, { say }] of clients.entries()) say(...they.nthOf(HONEST[index]!, said));
      said++;
    }
    for (const { session } of wires) session.lost();
    await world.advance(30_000);
    for (const { say } of clients) say({ t: 'members', room: 'a' });
    await settled();
    const after = they.heapMiB();
    console.info(
      `fuzz: ${wireCount} wires, heap ${before.toFixed()} → ${after.toFixed()} MiB; ${[...codes].sort().join()}`,
    );

    if (wrong.length > 0) throw wrong[0];
    for (const { heard, closed } of clients)
      expect({ closed, ...heard }).toEqual({ closed: [], ...they.wholeOf(said) });
    expect(undocumented(codes)).toEqual([]);
    // or the frames have become tame
    for (const code of [
      'bad-request',
      'unsupported',
      'forbidden',
      'not-joined',
      'too-large',
      'room-full',
      'unavailable',
    ])
      expect([...codes]).toContain(code);
    for (const code of ['1000', '4400', '4401', '4403', '4409', '4429']) expect([...codes]).toContain(code);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(after - before).toBeLessThan(96);
    expect([world.server.rooms <= 6, world.connections.size]).toEqual([true, HONEST.length]);
    expect(new Set((await world.backplane.members('a')).entries.map(({ user }) => user))).toEqual(new Set(HONEST));
    // what was said is forgotten in its time, and so is every room that nobody is in
    for (let minute = 0; minute < 30; minute++) await world.advance(60_000);
    expect(world.server.rooms).toBe(they.HONEST_ROOMS.length);
  }),
);

it('5,000 of them over real WebSockets', { timeout: 60_000 }, () =>
  they.seeded(async (chance) => {
    const rateLimit = { perSecond: 1e9, burst: 1e9 };
    const server = await start({
      ...{ rateLimit, roomRateLimit: rateLimit, maxRooms: 60, history: { size: 20 }, authorize },
      authenticate: ({ token }) => authenticate(token),
    });
    const owners = new Map<string, string>();
    const enter = async (who: string): Promise<RoomsPeer> => {
      const peer = await overSocket(server);
      owners.set((await greet(peer, who, tokenOf(who))).connection, who);
      return peer;
    };
    const clients = await Promise.all(HONEST.map(enter));
    for (const [index, peer] of clients.entries()) await peer.say(...entering(HONEST[index]!));
    for (const peer of clients) await peer.settled();

    const codes = new Set<string>();
    const attack = createHostileFrames(chance, they.knownTo([...owners.keys()]));
    const crook = async (name: string): Promise<void> => {
      for (let frames = 0; frames < 1_250;) {
        const peer = await enter(name);
        let isOver = false;
        const closed = peer.closed.then((code) => {
          if (code !== 1006) codes.add(String(code)); // that is our own cut
          isOver = true;
        });
        for (; !isOver && frames < 1_250; frames++) {
          await peer.raw(attack());
          if (frames % 25 === 0) await Promise.race([peer.settled(), closed]);
        }
        for (const event of peer.heard) they.overhear(JSON.stringify(event), codes);
        peer.cut();
      }
    };
    let underWay = true;
    const attacks = Promise.all(CROOKS.map(crook)).finally(() => (underWay = false));
    let said = 0;
    for (; underWay; said++) {
      for (const [index, peer] of clients.entries()) await peer.say(...they.nthOf(HONEST[index]!, said));
      for (const peer of clients) await peer.settled();
    }
    await attacks;
    for (const peer of clients) await peer.settled();
    for (const peer of clients) {
      const { witness, heard } = they.createWitness(owners);
      peer.heard.forEach(witness);
      expect(heard).toEqual(they.wholeOf(said));
    }
    expect(undocumented(codes)).toEqual([]);
    console.info(`fuzz: honest people said ${4 * said} messages meanwhile; ${[...codes].sort().join()}`);
  }),
);
