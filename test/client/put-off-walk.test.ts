// "Not now", too fast, cuts, new pages and second thoughts in any order: in order, once, honest about each end, and never stuck.

import { expect, test } from 'vitest';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { RoomDelivery, RoomReceipt } from '../../src/client/room-handle.js';
import { keyStorage } from '../../src/connection/outbox-storage.js';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { type Chance, createChance, firstSeed } from '../support/seed.js';
import { createSharedStore } from '../support/shared-store.js';
import { createRoomsWorld, type RoomsWorld, type Said } from './rooms-world.js';

const RUNS = Number(process.env['WALK_RUNS'] ?? 30);
const STEPS = 150;
const DEDUPE_MS = 300_000; // so long a message may be said again
const rooms = ['a', 'b'] as const;
type Code = 'unavailable' | 'rate-limited' | 'forbidden';
type Mode = 'up' | 'down' | 'takes it and fails' | 'too fast';

/** What the rooms stand on: it outlives wires and pages. A refused message is not overtaken on its wire, as docs/protocol.md has it. */
function createServer({ below }: Chance) {
  const logs = new Map<string, string[]>(rooms.map((room) => [room, []]));
  const logOf = (room: string): string[] => logs.get(room) as string[];
  let mode: Mode = 'up';
  return {
    logOf,
    become: (next: Mode) => void (mode = next),
    openWire() {
      const refused = new Map<string, Map<string, number>>(rooms.map((room) => [room, new Map()]));
      let count = 0;
      const answer = ({ room, id }: { readonly room: string; readonly id: string }): ServerEvent => {
        const line = refused.get(room) as Map<string, number>;
        const log = logOf(room);
        const refuse = (code: Code, retryAfterMs?: number): ServerEvent => ({
          ...{ t: 'error', code, message: 'no', room, id, retryAfterMs },
        });
        const mine = line.get(id) ?? -1;
        for (const [each, at] of line) {
          if (at >= mine) break;
          line.delete(each); // said before it, it was given up
        }
        const isNext = line.size === 0 || line.keys().next().value === id;
        if (!isNext || mode === 'too fast') {
          line.set(id, ++count);
          return refuse('rate-limited', 100 * (1 + below(10)));
        }
        line.delete(id);
        if (id.endsWith('!')) return refuse('forbidden');
        const take = (): number => (log.includes(id) ? log.indexOf(id) : log.push(id) - 1) + 1;
        if (mode !== 'up') {
          if (mode === 'takes it and fails') take();
          refused.set(room, new Map([[id, ++count], ...line]));
          return refuse('unavailable', below(3) > 0 ? undefined : 500);
        }
        return { t: 'ack', room, id, epoch: 'e1', offset: take(), at: 1 };
      };
      return { answer };
    },
  };
}

interface Sent {
  readonly id: string;
  readonly room: string;
  readonly delivery: RoomDelivery;
  /** It may end without having arrived. */
  mayFail: boolean;
  receipt?: RoomReceipt;
}

/** One page after the other, each with its wires, before one server. */
function createWalk(chance: Chance) {
  const { below, pick } = chance;
  const store = createSharedStore();
  const server = createServer(chance);
  const sent = new Map<string, Sent>();
  const broken: string[] = [];
  const lost = new Set<string>(); // with their page: nobody hears of their end
  let made = 0;

  const openPage = () => {
    const { storage, crash } = store.page();
    const options: Partial<RealtimeClientOptions> = {
      outbox: { storage: keyStorage(storage), user: 'me' },
      lingerMs: 0,
    };
    const world: RoomsWorld = createRoomsWorld(options);
    for (const room of rooms) world.client.room(room).subscribe(() => {});
    let wire = server.openWire();
    let dial = world.far.dials.at(-1);
    let welcomed: typeof dial;
    let read = 0;
    const heard: Said[] = []; // and not looked at
    const answers: ServerEvent[] = []; // and not heard
    /** "Not now" of these, heard on this wire. */
    const putOff = new Map<string, { readonly room: string; readonly until: number; code: Code }>();
    const over = new Set<string>();
    const number = (id: string): number => parseInt(id.slice(1), 10);

    const listen = async (): Promise<void> => {
      await world.settle();
      const newest = world.far.dials.at(-1);
      if (newest !== dial) {
        dial = newest;
        wire = server.openWire();
        read = heard.length = answers.length = 0;
        putOff.clear();
      }
      for (const frame of dial?.sent.slice(read) ?? [])
        for (const said of [JSON.parse(String(frame)) as Said | readonly Said[]].flat()) {
          if (said.t === 'join') joinOf.set(String(said['room']), Number(said['join']));
          if (said.t !== 'publish') continue;
          heard.push(said);
          const id = String(said['id']);
          for (const [other, { room, until }] of putOff)
            if (room === said['room'] && until > world.host.clock.now() && number(other) <= number(id))
              if (!sent.get(other)?.receipt && !lost.has(other))
                broken.push(`${id} was said while ${other} was to wait`);
        }
      read = dial?.sent.length ?? 0;
    };
    const joinOf = new Map<string, number>();
    const tell = (event: ServerEvent): void => {
      if (event.t === 'error' && event.id !== undefined) {
        const code = event.code as Code;
        const before = putOff.get(event.id)?.code;
        const until = world.host.clock.now() + (event.retryAfterMs ?? 1_000);
        if (code !== 'forbidden' && !over.has(event.id))
          putOff.set(event.id, { room: String(event.room), until, code: before === 'unavailable' ? before : code });
        else {
          putOff.delete(event.id);
          if (code === 'forbidden') over.add(event.id);
        }
      } else if (event.t === 'ack') {
        over.add(event.id);
        const isOver = putOff.get(event.id)?.code === 'unavailable';
        putOff.delete(event.id);
        for (const [id, { room, code }] of putOff)
          if (isOver && room === event.room && code === 'unavailable') putOff.delete(id);
      }
      world.tell(event);
    };
    return {
      world,
      crash,
      listen,
      isLive: () => dial?.live === true && welcomed === dial,
      async comeIn() {
        await listen();
        for (let tries = 0; !dial?.live && tries < 60; tries++) {
          world.host.clock.advance(1_000);
          await listen();
        }
        if (!dial?.live || welcomed === dial) return;
        welcomed = dial;
        world.welcome();
        await listen();
      },
      look(count: number) {
        for (const { room, id } of heard.splice(0, count) as unknown as { room: string; id: string }[])
          answers.push(wire.answer({ room, id }));
      },
      async answer(count: number) {
        for (const event of answers.splice(0, count)) {
          tell(event);
          if (below(15) === 0) tell(event); // twice
          await listen();
        }
      },
      joins(room: string) {
        const join = joinOf.get(room);
        if (!join) return;
        joinOf.delete(room);
        const offset = server.logOf(room).length;
        world.tell({ t: 'joined', room, join, epoch: 'e1', offset, messages: [], more: true });
      },
      send() {
        const room = pick(rooms);
        const id = `m${made++}${below(12) === 0 ? '!' : ''}`;
        const key = below(3) === 0 ? pick(['k', 'l']) : undefined;
        const isVolatile = below(8) === 0;
        const timeoutMs = below(6) > 0 ? undefined : pick([1, 300, 2_000]);
        const abort = below(10) === 0 ? new AbortController() : undefined;
        const delivery = world.client
          .room(room)
          .send(id, { id, key, volatile: isVolatile, timeoutMs, signal: abort?.signal });
        const mayFail = isVolatile || id.endsWith('!') || [key, timeoutMs, abort].some((each) => each !== undefined);
        const mine: Sent = { id, room, delivery, mayFail };
        sent.set(id, mine);
        void delivery.done.then((receipt) => (mine.receipt = receipt));
        abort?.abort();
      },
    };
  };
  return { server, sent, broken, lost, store, openPage };
}

test('a random walk: each end is true, the order holds, and all ends', async () => {
  const first = firstSeed();
  for (let seed = first; seed < first + RUNS; seed++) {
    const chance = createChance(seed);
    const { below, pick } = chance;
    const { server, sent, broken, lost, store, openPage } = createWalk(chance);
    let page = openPage();
    const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
    const modes: readonly Mode[] = ['up', 'up', 'down', 'down', 'takes it and fails', 'too fast'];
    await turn();
    await page.comeIn();
    for (let step = 0; step < STEPS; step++) {
      const act = below(40);
      if (act < 12) page.send();
      else if (act < 18) page.look(1 + below(4));
      else if (act < 24) await page.answer(1 + below(4));
      else if (act < 29) page.world.host.clock.advance(pick([1, 100, 499, 500, 1_000, 1_000, 3_000]));
      else if (act < 31) server.become(pick(modes));
      else if (act < 35) page.joins(pick(rooms));
      else if (act < 37 && sent.size > 0) {
        const each = pick([...sent.values()]);
        each.mayFail = true;
        each.delivery.cancel();
      } else if (act === 37) page.world.tell({ t: 'resync', room: pick(rooms) });
      else if (act === 38) {
        if (below(2) === 0) page.look(Infinity); // it is heard, and nobody hears the answer
        page.world.far.last.drop({ code: 1006 });
        if (below(2) === 0) await page.comeIn();
      } else if (below(3) === 0) {
        await page.listen();
        await turn();
        page.crash();
        for (const { id, receipt } of sent.values()) if (!receipt) lost.add(id);
        page = openPage();
        await turn();
        await page.comeIn();
      }
      await page.listen();
      if (!page.isLive() && below(4) === 0) await page.comeIn();
    }
    server.become('up');
    for (let second = 0; second < 60; second++) {
      await page.comeIn();
      for (const room of rooms) page.joins(room);
      await page.listen();
      page.look(Infinity);
      await page.answer(Infinity);
      page.world.host.clock.advance(500);
      await page.listen();
      await turn();
    }
    const why = (text: string): string => `${text} (WALK_SEED=${seed})`;
    expect(broken, why('said too early')).toEqual([]);
    for (const room of rooms) {
      const log = server.logOf(room);
      const numbers = log.map((id) => parseInt(id.slice(1), 10));
      expect(numbers, why(`order in ${room}`)).toEqual([...numbers].sort((one, other) => one - other));
    }
    for (const { id, room, receipt, mayFail } of sent.values()) {
      const isThere = server.logOf(room).includes(id);
      if (lost.has(id)) continue;
      const end = `${id} ${receipt?.status} ${isThere ? 'is there' : ''}`;
      expect(receipt, why(`${id} has no end`)).toBeDefined();
      if (receipt?.status === 'acknowledged') expect(isThere, why(end)).toBe(true);
      if (receipt?.status === 'cancelled' || receipt?.status === 'dropped') expect(isThere, why(end)).toBe(false);
      if (!mayFail && page.world.host.clock.now() < DEDUPE_MS) expect(receipt?.status, why(end)).toBe('acknowledged');
    }
    expect(
      [...store.texts.keys()].filter((key) => !/place|slot/.test(key)),
      why('kept'),
    ).toEqual([]);
    expect(page.world.client.connection.getSnapshot().queued, why('queued')).toBe(0);
  }
}, 60_000);
