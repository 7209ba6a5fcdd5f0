// Several connections of one client of rooms, as an option: which room keeps to which, what they are together, and one question for
// a token. Who names none does not carry its code. Hears no wire.

import type { Clock } from '../base/clock.js';
import { fingerprint } from '../base/fingerprint.js';
import { whole } from '../base/whole.js';
import { isAlive, wholeState } from '../connection/whole-state.js';
import type { AuthReason } from '../transport/auth.js';
import type { RealtimeAuth } from './credentials.js';
import { PATIENCE_MS } from './refresh.js';
import type { Route, Routes, RoutesParts } from './route-parts.js';

export interface RoomsPoolOptions {
  /** How many connections. */
  readonly size: number;
}

export interface RoomsPool extends RoomsPoolOptions {
  start(parts: RoutesParts): Routes;
}

/**
 * Several connections as one. Each room keeps to one of them, by its name, so that its order holds.
 *
 * @example
 * const client = createRealtimeClient({ transport: ladder('/realtime'), pool: pooledRooms({ size: 3 }) });
 */
export function pooledRooms({ size }: RoomsPoolOptions): RoomsPool {
  return {
    size,
    start({ open, auth, clock }) {
      const shared = shareAnswers(auth, clock);
      // of one user nothing is shown beside another: who was taken for the one before comes again, as whoever we are now
      const replaced = (user: string): void => {
        for (const route of all)
          if (route.user === user) {
            route.forget('another user');
            if (!route.refusal) void route.connection.reconnect(); // what is over stays so until somebody asks
          }
      };
      const all: readonly Route[] = Array.from({ length: whole(size) || 1 }, () => open(shared.forOne(), replaced));
      const each = <T>(act: (connection: Route['connection']) => T): T[] =>
        all.map(({ connection }) => act(connection));
      let hadOpen = false; // one of them was, since they were asked to be
      return {
        all,
        of: (room) => all[Number.parseInt(fingerprint(room).slice(-8), 16) % all.length] as Route,
        whole: {
          connect: () => void each((connection) => connection.connect()),
          disconnect(code, reason) {
            shared.forget();
            each((connection) => connection.disconnect(code, reason));
          },
          reconnect() {
            const opened = Promise.all(each((connection) => connection.reconnect())).then(() => {});
            opened.catch(() => {}); // who does not wait for it is not told by the console
            return opened;
          },
          drained: () => Promise.all(each((connection) => connection.drained())).then(() => {}),
        },
        state() {
          const now = wholeState(
            all.map((route) => route.state()),
            hadOpen,
          );
          hadOpen = isAlive(now) && now.status !== 'idle' && (hadOpen || now.status === 'open');
          return now;
        },
      };
    },
  };
}

/** What happens to all connections at once is one need of a token: so long an answer serves those that have not had it. */
const SHARED_MS = 1_000;

function shareAnswers(auth: () => RealtimeAuth | undefined, clock: Clock) {
  interface Asked {
    readonly reason: AuthReason;
    readonly answer: string | null | Promise<string | null>;
    /** Who has had it: coming again, they need another. */
    readonly had: Set<object>;
    until: number;
  }
  let last: Asked | undefined;

  const ask = (given: RealtimeAuth, reason: AuthReason): Asked => {
    let answer: Asked['answer'];
    try {
      answer = given.getToken(reason);
    } catch (error) {
      answer = Promise.reject(error);
    }
    const now = clock.now();
    if (answer === null || typeof answer === 'string')
      return { reason, answer, had: new Set(), until: now + SHARED_MS };
    // one that never answers must not keep the others waiting for ever
    const asked: Asked = { reason, answer: Promise.resolve(answer), had: new Set(), until: now + PATIENCE_MS };
    const done = (): void => void (asked.until = clock.now() + SHARED_MS);
    Promise.resolve(answer).then(done, done);
    return asked;
  };

  return {
    forOne(): () => RealtimeAuth | undefined {
      const me = {};
      return () => {
        const given = auth();
        return (
          given && {
            ...given,
            getToken(reason) {
              // what was asked before the far end said no may bring what it said no to
              const serves =
                last &&
                clock.now() < last.until &&
                !last.had.has(me) &&
                (reason !== 'expired' || last.reason === reason);
              if (!serves) last = ask(given, reason);
              last?.had.add(me);
              return last?.answer ?? null;
            },
          }
        );
      };
    },
    forget(): void {
      last = undefined;
    },
  };
}
