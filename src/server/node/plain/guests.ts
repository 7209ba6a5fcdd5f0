// Whoever comes without the rooms protocol to a server that has users: who that is, what they may, and when they are to go. Serves nobody.

import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../base/clock.js';
import { createBudget } from '../../../base/budget.js';
import { CLOSE, type User } from '../../../protocol/rooms-frames.js';
import { isIdentity, readIdentity } from '../../identity.js';
import { createBuckets } from '../../buckets.js';
import { TRY_AGAIN_LATER } from '../../closing.js';
import { createGroups } from '../../groups.js';
import { runAt } from '../../run-at.js';
import type { Action, Denial, Identity, Rates } from '../../sessions/session-services.js';
import type { Tickets } from '../../tickets.js';
import type { RealtimeServerOptions, ServerEvent } from '../options.js';
import type { PlainRooms } from './plain-rooms.js';
import { queryOf, type Refusal } from '../query.js';

/** What those who serve a link work with, as far as it is another one for each guest. */
interface Stage {
  readonly plainRooms: PlainRooms;
  readonly rooms: { readonly rates: Rates };
  readonly emit: (event: ServerEvent) => void;
  readonly atClose: (run: (code?: number, reason?: string) => Promise<void>) => () => void;
}

export interface TurnedAway {
  readonly refusal: Refusal;
  /** The close that says the same. */
  readonly code: number;
}

export interface Guests {
  /** Who comes, and may they? Then here is what they may: all else is as it was. `publish`: to say one thing, and hear nothing. */
  admit<S extends Stage>(
    request: IncomingMessage,
    room: string,
    stage: S,
    action: 'join' | 'publish',
  ): Promise<S | TurnedAway>;
  /** Ends all that a user holds here. Returns how many that were. */
  disconnect(user: string, code: number, reason: string): number;
}

export interface GuestsParts extends Pick<RealtimeServerOptions, 'authenticate' | 'authorize'> {
  readonly clock: Clock;
  readonly tickets: Tickets;
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  readonly onError: (cause: unknown, room: string) => void;
}

type End = (code: number, reason: string) => unknown;

const ANYBODY: Identity = { id: 'anonymous' };

/** What a link can show: a header, or its address where it cannot set one. */
function tokenOf({ headers, url = '/' }: IncomingMessage): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return bearer ?? queryOf({ url }).get('access_token') ?? undefined;
}

/** What such a close says, over HTTP too. */
export function turnAway(code: number, reason: string): TurnedAway {
  const status = code === CLOSE.unauthorized ? 401 : code === TRY_AGAIN_LATER ? 503 : 403;
  return { refusal: { status, reason }, code };
}

/** undefined: nobody asks, and all may do everything. */
export function createGuests(parts: GuestsParts): Guests | undefined {
  const { authenticate, authorize, clock, tickets, addressOf, onError } = parts;
  if (!authenticate && !authorize) return undefined;
  const byUser = createGroups<End>();
  const unlimited = createBuckets(clock, { perSecond: Infinity });

  const identify = async (request: IncomingMessage): Promise<Identity | Denial> => {
    const { headers, url = '/' } = request;
    const token = tokenOf(request);
    const ticket = await tickets.take(token);
    if (ticket) return ticket;
    if (!authenticate) return ANYBODY;
    return readIdentity(await authenticate({ headers, url, token, remoteAddress: addressOf(request) }));
  };
  const may = async (user: User, action: Action, room: string): Promise<boolean> => {
    try {
      return !authorize || (await authorize({ user, action, room })) === true;
    } catch (error) {
      onError(error, room);
      return false;
    }
  };
  /** What it holds ends with its credentials, or when it is told to go. */
  const hold = (user: string, endsAt: number, end: End): (() => void) => {
    byUser.add(user, end);
    const cancel = runAt(clock, endsAt, () => end(CLOSE.unauthorized, 'the credentials have expired'));
    return () => {
      cancel();
      byUser.delete(user, end);
    };
  };
  /** As far as it may go. */
  const within = async <S extends Stage>(user: User, room: string, stage: S): Promise<S> => {
    const { plainRooms, rooms, emit } = stage;
    const history = (await may(user, 'history', room)) ? plainRooms.history : 0;
    if (await may(user, 'publish', room)) return { ...stage, plainRooms: { ...plainRooms, history } };
    const mayReport = createBudget(clock, 1, 1_000); // a flood is no flood of reports
    const dropped = { epoch: '', offset: 0, at: 0, duplicate: false };
    const publish: typeof plainRooms.publish = () => {
      if (mayReport()) emit({ type: 'refused', status: 'forbidden', reason: 'You may not publish here.', room });
      return dropped;
    };
    // what is dropped must not use up what those who may publish have together
    const rates = { ...rooms.rates, rooms: unlimited };
    return { ...stage, plainRooms: { ...plainRooms, history, publish }, rooms: { ...rooms, rates } };
  };

  return {
    async admit(request, room, stage, action) {
      let release = (): void => {};
      try {
        const found = await identify(request);
        if (!isIdentity(found)) return turnAway(found.refuse, found.reason ?? '');
        const { expiresInMs = Infinity, ...user } = found;
        const endsAt = clock.now() + expiresInMs;
        let over: TurnedAway | undefined; // it may be told to go while its rights are asked about
        release = hold(user.id, endsAt, (code, reason) => (over = turnAway(code, reason)));
        const mayCome = await may(user, action, room);
        const its = mayCome && action === 'join' ? await within(user, room, stage) : stage;
        if (over) return over;
        if (!mayCome) return turnAway(CLOSE.forbidden, `You may not ${action} here.`);
        const atClose: Stage['atClose'] = (run) => {
          const undo = [stage.atClose(run), hold(user.id, endsAt, run)];
          return () => undo.forEach((each) => each());
        };
        return { ...its, atClose };
      } catch (error) {
        onError(error, room);
        return turnAway(TRY_AGAIN_LATER, 'Not now: try again.');
      } finally {
        release();
      }
    },
    disconnect(user, code, reason) {
      const ends = byUser.of(user);
      for (const end of ends) byUser.delete(user, end); // once is enough, though they may take their time
      for (const end of ends) end(code, reason);
      return ends.length;
    },
  };
}
