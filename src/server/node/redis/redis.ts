// Rooms that many servers share, in Redis: what was said, who is there, and what each server tells its own. Knows no users and no sockets.

import { createId } from '../../../base/id.js';
import { RealtimeError } from '../../../base/error.js';
import { guarded } from '../../../base/report.js';
import type { Place, PresenceEntry } from '../../../protocol/rooms-frames.js';
import type { Backplane, Past } from '../../backplane.js';
import { createRedisLink } from './redis-link.js';
import { type RedisOptions, redisSettingsOf, type RedisSource } from './redis-options.js';
import { createRedisPresence, type Answer } from './redis-presence.js';
import { bodyOf, channelOf, headOf, keysOf, ledgerKeyOf, messageOf, recordOf } from './redis-record.js';
import { createRedisRelay } from './redis-relay.js';
import { createRedisRoom, type Look, type RedisRoom, type Standing } from './redis-room.js';
import { createRedisTickets } from './redis-tickets.js';
import { createRedisWatch } from './redis-watch.js';
import { LOOK, PRESENCE, PUBLISH, type Script } from './scripts.js';

interface Open {
  readonly room: RedisRoom;
  readonly name: string;
  readonly ready: Promise<void>;
}

/** What is asked of the past. */
interface Wish {
  readonly since?: Place | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * Rooms in Redis, the same ones for every server that stands on it. `source` is an address, `redis://…`, or a client of the `redis`
 * package, which is copied and not used itself. Connects when it is first needed. Throws `config` for options that make no sense.
 *
 * @example
 * createRealtimeServer({ backplane: redis('redis://127.0.0.1:6379') });
 */
export function redis(source: string | RedisSource, options: RedisOptions = {}): Backplane {
  const settings = redisSettingsOf(options);
  if (typeof source !== 'string' && typeof source?.duplicate !== 'function')
    throw new RealtimeError(
      'config',
      'redis: give an address like redis://127.0.0.1:6379, or a client of the redis package.',
    );
  const { prefix, clock, history, historyMs, leaseMs, timeoutMs } = settings;
  const id = (): string => createId(() => 0); // Node has `crypto`: nothing else is asked
  const node = id();
  const open = new Map<string, Open>(); // by channel
  let aheadMs = 0; // the clock of Redis before ours

  const link = createRedisLink({
    source,
    clock,
    timeoutMs,
    silentMs: Math.max(3 * timeoutMs, leaseMs),
    echo: `${prefix}echo:${node}`,
    onText(channel, text) {
      if (relay.hear(channel, text)) return;
      const room = open.get(channel)?.room;
      const record = room && recordOf(text);
      if (record) room.hear(record);
    },
    onUp() {
      presence.doubt();
      watch.up();
      relay.up();
      guarded(options.onStatus, { status: 'connected' });
    },
    onDown(error) {
      watch.down();
      guarded(options.onStatus, { status: 'lost', error });
    },
  });

  /** Runs a script about a room. Whatever is known here goes with it, so that a Redis that lost something is found out. */
  const run = async (
    name: string,
    script: Script,
    args: readonly (string | number)[],
    known?: Standing,
  ): Promise<unknown[]> => {
    const channel = channelOf(prefix, name);
    const { epoch, offset, seq } = known ?? open.get(channel)?.room.standing ?? { epoch: '', offset: 0, seq: 0 };
    const first = [channel, id().slice(0, 12), epoch, offset, seq, settings.keepMs];
    watch.start();
    return (await link.call(script, keysOf(channel), [...first, ...args])) as unknown[];
  };
  const look = async (name: string, { since, before, limit }: Wish, known?: Standing): Promise<Look> => {
    const args = [since?.epoch ?? '', since?.offset ?? 0, before ?? '', limit, history];
    const [epoch, offset, seq, now, texts] = (await run(name, LOOK, args, known)) as [
      string,
      number,
      number,
      number,
      string[],
    ];
    aheadMs = now - clock.now();
    const kept = texts.map(messageOf).filter(({ at }) => at > now - historyMs); // newest first
    const isGone = since && (since.epoch !== epoch || since.offset > offset);
    const wanted = since && !isGone ? offset - since.offset : limit;
    const isWhole = !since || (!isGone && wanted <= kept.length);
    const messages = kept.slice(0, isWhole ? wanted : limit).reverse();
    const gap: Past['gap'] = isGone
      ? { reason: 'epoch', missed: null }
      : { reason: 'expired', missed: wanted - messages.length };
    const past = { epoch, offset, seq, now, messages, more: kept.length > messages.length };
    return isWhole ? past : { ...past, gap };
  };

  const relay = createRedisRelay({ clock, link, prefix, node, timeoutMs, id });
  const presence = createRedisPresence({
    clock,
    tickMs: settings.presenceTickMs,
    async ask(name, { has, isWhole, wantsList, changes }) {
      // a question that lay about for too long must not find others dead
      const until = watch.maySweep() ? Math.floor(clock.now() + aheadMs + timeoutMs) : 0;
      const args = [node, watch.leaseMs, has ? 1 : 0, until, isWhole ? 1 : 0, wantsList ? 1 : 0, ...changes.flat()];
      const answer = (await run(name, PRESENCE, args)) as [string, number, number, number, number, string[]];
      const [epoch, offset, seq, now, held, list] = answer;
      aheadMs = now - clock.now();
      return { epoch, offset, seq, held: held === 1, entries: entriesOf(list) } satisfies Answer;
    },
  });

  const watch = createRedisWatch({
    clock,
    leaseMs,
    link,
    names: () => new Set([...[...open.values()].map(({ name }) => name), ...presence.rooms()]),
    renew: (name) => presence.renew(name),
    roomOf: (name) => open.get(channelOf(prefix, name))?.room,
    forget(name) {
      const channel = channelOf(prefix, name);
      open.delete(channel);
      link.unsubscribe(channel);
    },
  });

  const enter = (name: string): Open => {
    const channel = channelOf(prefix, name);
    const found = open.get(channel);
    if (found) return found;
    const room = createRedisRoom({
      look: (standing) => look(name, { since: standing, limit: 0 }, standing),
      barrier: () => link.barrier(),
    });
    watch.start();
    const ready = link.subscribe(channel).then(() => room.sync());
    const entered: Open = { room, name, ready };
    open.set(channel, entered);
    ready.catch(() => {
      if (open.get(channel) !== entered) return;
      open.delete(channel);
      link.unsubscribe(channel);
    });
    return entered;
  };

  return {
    history,
    dedupeMs: settings.dedupeMs,
    async publish(name, draft) {
      const { dedupe, dedupeMs } = settings;
      const args = [headOf(draft), bodyOf(draft), ledgerKeyOf(draft), dedupeMs, dedupe, history, historyMs];
      const [epoch, offset, at, known] = (await run(name, PUBLISH, args)) as [string, number, number, number];
      return { epoch, offset, at, duplicate: known === 1 };
    },
    async subscribe(name, listener) {
      const { room, ready } = enter(name);
      const leave = room.on(listener);
      try {
        await ready;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    since: (name, place, limit) => look(name, { since: place, limit }),
    latest: (name, limit) => look(name, { limit }),
    before: (name, offset, limit) => look(name, { before: offset, limit }),
    async position(name) {
      const { epoch, offset } = await look(name, { limit: 0 });
      return { epoch, offset };
    },
    enter: (name, entry) => presence.enter(name, entry),
    leave: (name, connection, n) => presence.leave(name, connection, n),
    members: (name) => presence.members(name),
    relay,
    tickets: createRedisTickets(link, prefix),
    async close() {
      watch.close();
      if (link.isUp) await relay.close();
      if (link.isUp) await presence.close();
      link.close();
      open.clear();
    },
  };
}

/** As a script gives them: names and entries in turn. In the order of their coming. */
function entriesOf(list: readonly string[]): readonly PresenceEntry[] {
  const found: { readonly entry: PresenceEntry; readonly turn: number }[] = [];
  for (let at = 0; at < list.length; at += 2) {
    type Written = readonly [n: string, node: string, user: string, data: string, joinedAt: string, turn: number];
    const [n, , user, data, joinedAt, turn] = JSON.parse(list[at + 1] ?? '') as Written;
    const text = `{"user":${user},"connection":${list[at]},"n":${n},"data":${data},"joinedAt":${joinedAt}}`;
    found.push({ entry: JSON.parse(text) as PresenceEntry, turn });
  }
  return found.sort((one, other) => one.turn - other.turn).map(({ entry }) => entry);
}
