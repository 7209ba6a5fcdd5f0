// A server of the rooms protocol without a network: the real sessions, on a clock of your own. For tests.

import { systemClock, type Clock } from '../base/clock.js';
import type { PresenceEntry, User } from '../protocol/rooms-frames.js';
import { createConnections } from '../server/sessions/connections.js';
import { createEncoder } from '../server/encoder.js';
import { memory, type MemoryOptions } from '../server/memory.js';
import type { Session } from '../server/sessions/session.js';
import type { AuthorizeRequest } from '../server/sessions/session-services.js';
import { createSessions } from '../server/sessions/sessions.js';
import type { Transport, WireEnd } from '../transport/transport.js';

export interface FakeServerOptions extends Omit<MemoryOptions, 'clock'> {
  /** Give it the one that the clients' host has. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Whom a client is taken for. Default: its token, else `anonymous`. null: nobody. */
  readonly authenticate?: ((token: string | undefined) => User | null) | undefined;
  /** Default: everything is allowed. */
  readonly authorize?: ((request: AuthorizeRequest) => boolean) | undefined;
  /** How long a lost client may take to come back before others hear of it. Default 5,000. */
  readonly presenceGraceMs?: number | undefined;
}

export interface FakeServer {
  /** A way to it: give it to a client, or to several. */
  readonly transport: Transport;
  /** Links that stand now. */
  readonly wires: number;
  /** To everybody in the room. */
  publish(room: string, data: unknown, type?: string): void;
  /** Who is shown there, by the server's own account. */
  members(room: string): Promise<readonly PresenceEntry[]>;
  /** Breaks every link, or one of them, without a good-bye. */
  cut(index?: number): void;
  /** While it is down every attempt fails. */
  setDown(down: boolean): void;
}

const settings = {
  maxMessageBytes: 2 ** 20,
  maxPresenceBytes: 2 ** 14,
  maxRoomsPerConnection: 1_000,
  dedupeMs: 300_000,
  heartbeatMs: 25_000,
  helloTimeoutMs: 10_000,
};
const lost: WireEnd = { why: 'lost', code: 1006 };

/**
 * @example
 * const server = createFakeServer();
 * const client = createRealtimeClient({ transport: server.transport, auth: { getToken: () => 'Ada' } });
 * server.publish('general', { text: 'hello' });
 */
export function createFakeServer(options: FakeServerOptions = {}): FakeServer {
  const { clock = systemClock, authenticate, authorize = () => true, presenceGraceMs: graceMs = 5_000 } = options;
  const backplane = memory({ ...options, clock });
  const connections = createConnections({ backplane, clock, random: () => 0, graceMs });
  const sessions = createSessions<undefined>({
    backplane,
    connections,
    encoder: createEncoder(),
    clock,
    settings: { ...settings, history: backplane.history },
    authorize,
    authenticate: (token) => (authenticate ? authenticate(token) : { id: token ?? 'anonymous' }),
  });
  const wires = new Set<() => void>();
  let down = false;

  const transport: Transport = {
    name: 'fake',
    renewable: false,
    dial(sink) {
      let session: Session | undefined;
      let over = false;
      /** Later, as over a network; nothing once it is over. */
      const soon = (run: () => void): void => queueMicrotask(() => over || run());
      const leave = (): void => {
        over = true;
        wires.delete(breakOff);
      };
      const end = (how: WireEnd): void => {
        if (over) return;
        leave();
        sink.ended(how);
      };
      const breakOff = (): void => {
        session?.lost();
        end(lost);
      };
      soon(() => {
        if (down) return end({ why: 'refused', code: 1006 });
        wires.add(breakOff);
        const wire = {
          send: (frame: string) => soon(() => sink.frame(frame)),
          // what was said before it arrives before it
          close: (code: number, reason: string) => soon(() => end({ why: 'lost', code, reason })),
        };
        session = sessions.open(wire, undefined);
        sink.opened();
      });
      return {
        bufferedAmount: 0,
        send(data) {
          if (over || !session) return false;
          const talk = session;
          queueMicrotask(() => talk.receive(String(data)));
          return true;
        },
        close(code = 1000) {
          if (over) return;
          leave();
          const left = session;
          queueMicrotask(() => (code === 1000 || code === 1001 ? left?.bye() : left?.lost()));
        },
      };
    },
  };

  return {
    transport,
    get wires() {
      return wires.size;
    },
    publish: (room, data, type = 'message') =>
      void backplane.publish(room, { id: '', from: null, payload: JSON.stringify(data), type }),
    members: async (room) => (await backplane.members(room)).entries,
    cut(index) {
      [...wires].forEach((breakOff, at) => (index === undefined || index === at) && breakOff());
    },
    setDown(next) {
      down = next;
    },
  };
}
