// What one session does in rooms: each event, with its rights and bounds. Knows no hello and no wire.

import { fromBase64 } from '../protocol/base64.js';
import type { ClientEvent, ErrorCode, User } from '../protocol/rooms-frames.js';
import type { About } from './about.js';
import type { Draft, Past } from './backplane.js';
import type { Lease } from './connections.js';
import { openSeat, type Seat } from './seat.js';
import type { Action, SessionServices } from './session-services.js';
import type { Throttle } from './throttle.js';

type Of<T extends ClientEvent['t']> = Extract<ClientEvent, { readonly t: T }>;
export type RoomEventOfClient = Of<'join' | 'leave' | 'publish' | 'presence' | 'members' | 'history'>;

export interface Desk {
  handle(event: RoomEventOfClient): Promise<void>;
  /** The user's rights may be others now: leaves the rooms that need more. */
  recheck(user: User): Promise<void>;
  /** Hears nothing more. */
  stop(): void;
}

export interface DeskOptions {
  readonly services: SessionServices;
  readonly lease: Lease;
  readonly user: User;
  readonly throttle: Throttle | undefined;
  /** `asked`: it is an answer, however long. */
  readonly say: (event: string, asked?: boolean) => void;
  readonly refuse: (code: ErrorCode, message: string, about: About) => void;
  /** Resolves when little waits for the reader; undefined: now. */
  readonly calm: () => Promise<void> | undefined;
  readonly onRoom: (event: 'joined' | 'left', room: string) => void;
}

/** Longer in UTF-8 than `most`? Looks closely only where it must. */
const isLonger = (text: string, most: number): boolean =>
  text.length > most || (text.length * 3 > most && new TextEncoder().encode(text).length > most);

/** As JSON, or as the bytes that it stands for; or what is wrong with it. */
function draftOf({ id, data, type: given }: Of<'publish'>, from: string): Draft | string {
  const type = given ?? 'message'; // null is as absent
  if (type.length > 128 || /[\r\n\0]/.test(type)) return 'A type has up to 128 characters, no line breaks and no NUL.';
  if (type === 'binary') {
    const bytes = typeof data === 'string' ? fromBase64(data) : undefined;
    return bytes ? { id, from, payload: bytes, type } : 'The data of `binary` is base64.';
  }
  try {
    return { id, from, payload: JSON.stringify(data), type: type || 'message' };
  } catch {
    return 'The data is nested too deep.';
  }
}

export function createDesk(options: DeskOptions): Desk {
  const { services, lease, user: first, throttle, say, refuse, calm, onRoom } = options;
  const { backplane, encoder, authorize, settings } = services;
  const seats = new Map<string, Seat>();
  let user = first;
  let stopped = false;

  const may = async (action: Action, room: string): Promise<boolean> => {
    try {
      return (await authorize({ user, action, room })) === true;
    } catch (error) {
      services.onError?.(error, room);
      return false;
    }
  };
  const leaveSeat = (room: string): void => {
    const seat = seats.get(room);
    seats.delete(room);
    if (!seat) return;
    seat.stop();
    onRoom('left', room);
  };
  const isTooLarge = (data: object): boolean => {
    try {
      return isLonger(JSON.stringify(data), settings.maxPresenceBytes);
    } catch {
      return true; // nested too deep
    }
  };
  /** Shows it, or says why not. The room stays joined either way. */
  const show = async (room: string, data: Readonly<Record<string, unknown>>, maySee: boolean): Promise<void> => {
    const about = { room };
    if (!maySee) return refuse('forbidden', 'You may not take part in presence here.', about);
    if (isTooLarge(data)) return refuse('too-large', `Presence has ${settings.maxPresenceBytes} bytes at most.`, about);
    if (!(await lease.show(room, data)))
      refuse('room-full', 'As many are shown here as may be (maxMembersPerRoom).', about);
  };

  const join = async ({ room, join: number, since, history, presence }: Of<'join'>): Promise<void> => {
    const about = { room, join: number };
    if (!seats.has(room) && seats.size >= settings.maxRoomsPerConnection) {
      await lease.hide(room);
      return refuse('too-many-rooms', `${settings.maxRoomsPerConnection} rooms at most: leave one first.`, about);
    }
    leaveSeat(room); // also where the new join is refused
    if (!(await may('join', room))) {
      await lease.hide(room);
      return refuse('forbidden', 'You may not join this room.', about);
    }
    const maySee = await may('presence', room);
    const wanted = Math.min(history ?? 0, settings.history);
    const limit = wanted > 0 && (await may('history', room)) ? wanted : 0;
    if (stopped) return;
    const read = (): Past | Promise<Past> =>
      since ? backplane.since(room, since, limit) : backplane.latest(room, limit);
    let isShown = false;
    const enter = async (): Promise<void> => {
      // its wire may have been lost meanwhile: no entry may outlive that
      if (stopped) return;
      if (presence && maySee && !isTooLarge(presence)) isShown = await lease.show(room, presence);
      else await lease.hide(room);
    };
    const tell: DeskOptions['say'] = (event, asked) => void (stopped || say(event, asked));
    let seat: Seat;
    try {
      seat = await openSeat({ backplane, encoder, room, join: number, maySee, say: tell, calm, read, enter });
    } catch (error) {
      await lease.hide(room).catch(() => {}); // who is not joined is not shown
      throw error;
    }
    if (stopped) return seat.stop();
    seats.set(room, seat);
    onRoom('joined', room);
    if (presence && !isShown) await show(room, presence, maySee); // says why not
  };

  const publish = async (event: Of<'publish'>): Promise<void> => {
    const { room, id } = event;
    const about = { room, id };
    const retryAfterMs = throttle?.publish(room, id);
    if (retryAfterMs !== undefined)
      return refuse('rate-limited', 'Too fast, or behind one that was refused.', { ...about, retryAfterMs });
    const isHere = seats.has(room);
    if (!isHere || !(await may('publish', room))) {
      throttle?.unheard(room);
      if (!isHere) return refuse('not-joined', 'Join the room first.', about);
      return refuse('forbidden', 'You may not publish here.', about);
    }
    const draft = draftOf(event, user.id);
    if (typeof draft === 'string') return refuse('bad-request', draft, about);
    if (typeof draft.payload === 'string' && isLonger(draft.payload, settings.maxMessageBytes))
      return refuse('too-large', `A message has ${settings.maxMessageBytes} bytes at most.`, about);
    try {
      const { epoch, offset, at } = await backplane.publish(room, draft);
      say(JSON.stringify({ t: 'ack', room, id, epoch, offset, at }));
    } catch (error) {
      throttle?.failed(room, id); // before what is behind it is looked at
      throw error;
    }
  };

  const history = async ({ room, before, limit, request }: Of<'history'>): Promise<void> => {
    const about = { room, request };
    if (!seats.has(room)) return refuse('not-joined', 'Join the room first.', about);
    if (!(await may('history', room))) return refuse('forbidden', 'You may not read what was said here.', about);
    const past = await backplane.before(room, before, Math.min(limit, settings.history));
    say(encoder.history(room, request, past), true);
  };

  const inPresence = async (event: Of<'presence' | 'members'>): Promise<void> => {
    const { room } = event;
    const seat = seats.get(room);
    if (!seat) return refuse('not-joined', 'Join the room first.', { room });
    if (event.t === 'presence') return event.data ? show(room, event.data, seat.maySee) : lease.hide(room);
    if (!seat.maySee) return refuse('forbidden', 'You may not see who is here.', { room });
    await seat.members();
  };

  return {
    async handle(event) {
      if (event.t === 'publish') return publish(event); // also what a lost wire brought
      if (stopped) return;
      if (event.t === 'join') return join(event);
      if (event.t === 'history') return history(event);
      if (event.t !== 'leave') return inPresence(event);
      if (seats.get(event.room)?.join !== event.join) return; // an older join's
      leaveSeat(event.room);
      throttle?.forget(event.room);
      await lease.hide(event.room);
    },
    async recheck(next) {
      user = next;
      for (const [room, seat] of [...seats]) {
        const mayJoin = await may('join', room);
        const isSame = mayJoin && (await may('presence', room)) === seat.maySee;
        if (stopped) return;
        if (isSame || seats.get(room) !== seat) continue;
        leaveSeat(room);
        // who may still join does so again, and gets what the new rights allow
        if (mayJoin) say(JSON.stringify({ t: 'resync', room }));
        await lease.hide(room);
        if (!mayJoin) refuse('forbidden', 'You may not be in this room any more.', { room, join: seat.join });
      }
    },
    stop() {
      stopped = true;
      for (const [room, seat] of seats) {
        seat.stop();
        onRoom('left', room);
      }
    },
  };
}
