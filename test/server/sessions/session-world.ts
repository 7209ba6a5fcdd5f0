// Sessions on a manual clock, without sockets. Tests nothing.

import type { RateLimit } from '../../../src/base/token-bucket.js';
import type { ClientEvent, ServerEvent } from '../../../src/protocol/rooms-frames.js';
import type { Backplane, RoomMessage } from '../../../src/server/backplane.js';
import { createBuckets } from '../../../src/server/buckets.js';
import { type ConnectionsOptions, createConnections } from '../../../src/server/sessions/connections.js';
import { createEncoder } from '../../../src/server/encoder.js';
import { memory, type MemoryOptions } from '../../../src/server/memory.js';
import type { Session } from '../../../src/server/sessions/session.js';
import type {
  AuthorizeRequest,
  SessionServices,
  SessionSettings,
  SessionWire,
} from '../../../src/server/sessions/session-services.js';
import { createSessions } from '../../../src/server/sessions/sessions.js';
import { createManualClock, seededRandom } from '../../../src/testing.js';

type Of<T extends ServerEvent['t']> = Extract<ServerEvent, { readonly t: T }>;

export interface Actor {
  readonly session: Session;
  readonly heard: ServerEvent[];
  /** Frames that it was sent, as text. */
  readonly frames: string[];
  /** Close codes, in order. */
  readonly closed: number[];
  say(...events: readonly ClientEvent[]): Promise<void>;
  raw(frame: string): Promise<void>;
  of<T extends ServerEvent['t']>(type: T): Of<T>[];
  last<T extends ServerEvent['t']>(type: T): Of<T>;
}

type Authenticate = SessionServices<undefined>['authenticate'];

export interface WorldOptions {
  readonly settings?: Partial<SessionSettings>;
  readonly memory?: MemoryOptions;
  readonly graceMs?: number;
  /** Of a client, and of a room. */
  readonly rates?: { readonly limit?: RateLimit; readonly room?: RateLimit; readonly maxRefusals?: number };
  readonly connections?: Partial<ConnectionsOptions>;
  readonly calm?: () => Promise<void> | undefined;
  readonly onRefused?: (code: string, reason: string, room: string | undefined) => void;
  readonly authorize?: (request: AuthorizeRequest) => boolean | Promise<boolean>;
  readonly authenticate?: Authenticate;
  readonly wrap?: (backplane: Backplane) => Backplane;
}

/** Everything that is under way and needs no time is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

export const keyOf = (name: string): string => `key-of-${name}`.padEnd(16, '-');

export function createWorld(options: WorldOptions = {}) {
  const clock = createManualClock();
  const plain = memory({ clock, random: seededRandom(1), ...options.memory });
  const backplane = options.wrap?.(plain) ?? plain;
  const random = seededRandom(2);
  const unlimited = { perSecond: Infinity };
  const { limit = unlimited, room = unlimited, maxRefusals = 10_000 } = options.rates ?? {};
  const rates = { limit, rooms: createBuckets(clock, room), maxRefusals };
  const graceMs = options.graceMs ?? 5_000;
  const given = { backplane, clock, random, graceMs, rateLimit: limit };
  const connections = createConnections({ ...given, ...options.connections });
  const settings: SessionSettings = {
    maxMessageBytes: 2 ** 20,
    maxPresenceBytes: 2 ** 14,
    maxRoomsPerConnection: 100,
    dedupeMs: 300_000,
    history: 100,
    heartbeatMs: 25_000,
    helloTimeoutMs: 10_000,
    ...options.settings,
  };
  const authorize = options.authorize ?? (() => true);
  const authenticate: Authenticate = options.authenticate ?? ((token, key) => ({ id: token ?? key }));
  const services: SessionServices<undefined> = {
    ...{ backplane, connections, encoder: createEncoder(), clock, settings, authorize, rates, authenticate },
    onRefused: (code, reason, room) => options.onRefused?.(code, reason, room),
  };
  const sessions = createSessions(services);

  const connect = (): Actor => {
    const heard: ServerEvent[] = [];
    const frames: string[] = [];
    const closed: number[] = [];
    const wire: SessionWire = {
      send(frame) {
        frames.push(frame);
        heard.push(...[JSON.parse(frame) as ServerEvent | ServerEvent[]].flat());
      },
      close: (code) => void closed.push(code),
      calm: () => options.calm?.(),
    };
    const session = sessions.open(wire, undefined);
    const raw = async (frame: string): Promise<void> => {
      session.receive(frame);
      await settled();
    };
    const of = <T extends ServerEvent['t']>(type: T) => heard.filter((each): each is Of<T> => each.t === type);
    return {
      session,
      heard,
      frames,
      closed,
      raw,
      say: (...events) => raw(JSON.stringify(events)),
      of,
      last<T extends ServerEvent['t']>(type: T) {
        const found = of(type).at(-1);
        if (!found) throw new Error(`no ${type} was heard: ${JSON.stringify(heard)}`);
        return found;
      },
    };
  };
  /** Somebody who said hello; `user` by token, `key` by name. */
  const enter = async (user: string, key: string = user): Promise<Actor> => {
    const actor = connect();
    await actor.say({ t: 'hello', v: 1, key: keyOf(key), token: user });
    return actor;
  };
  const joined = async (user: string, room = 'a', presence?: Record<string, unknown>, key?: string): Promise<Actor> => {
    const actor = await enter(user, key);
    await actor.say({ t: 'join', room, join: 1, presence });
    return actor;
  };
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };
  /** What the server says and hears itself. */
  const server = {
    publish: (room: string, payload: string) =>
      void plain.publish(room, { id: '', from: null, payload, type: 'message' }),
    subscribe: (room: string, listener: (message: RoomMessage) => void) =>
      void plain.subscribe(room, (event) => void (event.kind === 'message' && listener(event.message))),
    get rooms() {
      return plain.rooms;
    },
  };
  return { clock, rates, services, sessions, backplane, server, connections, connect, enter, joined, advance };
}

/** The changes that were heard, in words: `+a {"x":1}`, `~a …`, `-a`. */
export const changesOf = (actor: Actor): string[] =>
  actor
    .of('presence')
    .flatMap(({ changes }) =>
      changes.map((change) =>
        change.op === 'leave'
          ? `-${change.user}`
          : `${change.op === 'enter' ? '+' : '~'}${change.entry.user} ${JSON.stringify(change.entry.data)}`,
      ),
    );
