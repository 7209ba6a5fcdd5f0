// What sessions do in rooms: each event, with its rights and bounds. Knows no hello and no wire.

import { isLonger } from '../../base/utf8.js';
import type { ClientEvent, ErrorCode, User } from '../../protocol/rooms-frames.js';
import type { About } from './about.js';
import type { Past } from '../backplane.js';
import type { Connection, Wire } from './connections.js';
import { draftOf } from './draft.js';
import { createSeats, type Seat } from './seats.js';
import type { Action, DeskServices } from './session-services.js';
import type { Paced, Throttle } from './throttle.js';

type Of<T extends ClientEvent['t']> = Extract<ClientEvent, { readonly t: T }>;
export type RoomEventOfClient = Of<'join' | 'leave' | 'publish' | 'presence' | 'members' | 'history'>;

/** One who has said hello. */
export interface Guest extends Paced, Wire {
  user: User;
  readonly connection: Connection;
  /** By room; undefined: none yet. */
  seats: Map<string, Seat> | undefined;
  /** Its wire is gone, or it is over: it hears nothing more. */
  readonly state: 'on' | 'lost' | 'over';
}

export interface Desk<S extends Guest> {
  handle(guest: S, event: RoomEventOfClient): Promise<void>;
  /** The user's rights may be others now: leaves the rooms that need more. */
  recheck(guest: S, user: User): Promise<void>;
  /** Hears nothing more. */
  stop(guest: S): void;
}

export interface DeskParts<S extends Guest> {
  readonly services: DeskServices;
  readonly throttle: Throttle<S> | undefined;
  /** `asked`: it is an answer, however long. */
  readonly say: (guest: S, event: string, asked?: boolean) => void;
  readonly refuse: (guest: S, code: ErrorCode, message: string, about: About) => void;
  /** Resolves when little waits for the reader; undefined: now. */
  readonly calm: (guest: S) => Promise<void> | undefined;
  readonly onRoom: (guest: S, event: 'joined' | 'left', room: string) => void;
}

export function createDesk<S extends Guest>({ services, throttle, say, refuse, calm, onRoom }: DeskParts<S>): Desk<S> {
  const { backplane, connections, encoder, authorize, settings } = services;
  const seats = createSeats<S>({ backplane, encoder, say, calm });

  const may = async ({ user }: S, action: Action, room: string): Promise<boolean> => {
    try {
      return (await authorize({ user, action, room })) === true;
    } catch (error) {
      services.onError?.(error, room);
      return false;
    }
  };
  const hide = (guest: S, room: string): Promise<void> => connections.hide(guest.connection, guest, room);
  const leaveSeat = (guest: S, room: string): void => {
    const seat = guest.seats?.get(room);
    if (!seat) return;
    guest.seats?.delete(room);
    seats.stop(seat);
    onRoom(guest, 'left', room);
  };
  const isTooLarge = (data: object): boolean => {
    try {
      return isLonger(JSON.stringify(data), settings.maxPresenceBytes);
    } catch {
      return true; // nested too deep
    }
  };
  /** Shows it, or says why not. The room stays joined either way. */
  const show = async (guest: S, { room, maySee }: Seat, data: Readonly<Record<string, unknown>>): Promise<void> => {
    const about = { room };
    if (!maySee) return refuse(guest, 'forbidden', 'You may not take part in presence here.', about);
    if (isTooLarge(data))
      return refuse(guest, 'too-large', `Presence has ${settings.maxPresenceBytes} bytes at most.`, about);
    if (!(await connections.show(guest.connection, guest, room, data)))
      refuse(guest, 'room-full', 'As many are shown here as may be (maxMembersPerRoom).', about);
  };

  const join = async (guest: S, event: Of<'join'>): Promise<void> => {
    const { room, join: number, since, history, presence } = event;
    const about = { room, join: number };
    const no = async (code: ErrorCode, message: string): Promise<void> => {
      await hide(guest, room);
      refuse(guest, code, message, about);
    };
    const most = settings.maxRoomsPerConnection;
    if (!guest.seats?.has(room) && (guest.seats?.size ?? 0) >= most)
      return no('too-many-rooms', `${most} rooms at most: leave one first.`);
    leaveSeat(guest, room); // also where the new join is refused
    if (!(await may(guest, 'join', room))) return no('forbidden', 'You may not join this room.');
    const maySee = await may(guest, 'presence', room);
    const wanted = Math.min(history ?? 0, settings.history);
    const limit = wanted > 0 && (await may(guest, 'history', room)) ? wanted : 0;
    if (guest.state !== 'on') return;
    const read = (): Past | Promise<Past> =>
      since ? backplane.since(room, since, limit) : backplane.latest(room, limit);
    let isShown = false;
    const enter = async (): Promise<void> => {
      // its wire may have been lost meanwhile: no entry may outlive that
      if (guest.state !== 'on') return;
      if (presence && maySee && !isTooLarge(presence))
        isShown = await connections.show(guest.connection, guest, room, presence);
      else await hide(guest, room);
    };
    let seat: Seat;
    try {
      seat = await seats.open({ session: guest, room, join: number, maySee, read, enter });
    } catch (error) {
      await hide(guest, room).catch(() => {}); // who is not joined is not shown
      throw error;
    }
    if (guest.state !== 'on') return seats.stop(seat);
    (guest.seats ??= new Map()).set(room, seat);
    onRoom(guest, 'joined', room);
    if (presence && !isShown) await show(guest, seat, presence); // says why not
  };

  const publish = async (guest: S, event: Of<'publish'>): Promise<void> => {
    const { room, id } = event;
    const about = { room, id };
    const retryAfterMs = throttle?.publish(guest, room, id);
    if (retryAfterMs !== undefined)
      return refuse(guest, 'rate-limited', 'Too fast, or behind one that was refused.', { ...about, retryAfterMs });
    const isHere = guest.seats?.has(room);
    if (!isHere || !(await may(guest, 'publish', room))) {
      throttle?.unheard(room);
      if (!isHere) return refuse(guest, 'not-joined', 'Join the room first.', about);
      return refuse(guest, 'forbidden', 'You may not publish here.', about);
    }
    const draft = draftOf(event, guest.user.id);
    if (typeof draft === 'string') return refuse(guest, 'bad-request', draft, about);
    if (typeof draft.payload === 'string' && isLonger(draft.payload, settings.maxMessageBytes))
      return refuse(guest, 'too-large', `A message has ${settings.maxMessageBytes} bytes at most.`, about);
    try {
      const { epoch, offset, at } = await backplane.publish(room, draft);
      say(guest, JSON.stringify({ t: 'ack', room, id, epoch, offset, at }));
    } catch (error) {
      throttle?.failed(guest, room, id); // before what is behind it is looked at
      throw error;
    }
  };

  const history = async (guest: S, { room, before, limit, request }: Of<'history'>): Promise<void> => {
    const about = { room, request };
    if (!guest.seats?.has(room)) return refuse(guest, 'not-joined', 'Join the room first.', about);
    if (!(await may(guest, 'history', room)))
      return refuse(guest, 'forbidden', 'You may not read what was said here.', about);
    const past = await backplane.before(room, before, Math.min(limit, settings.history));
    say(guest, encoder.history(room, request, past), true);
  };

  const inPresence = async (guest: S, event: Of<'presence' | 'members'>): Promise<void> => {
    const { room } = event;
    const seat = guest.seats?.get(room);
    if (!seat) return refuse(guest, 'not-joined', 'Join the room first.', { room });
    if (event.t === 'presence') return event.data ? show(guest, seat, event.data) : hide(guest, room);
    if (!seat.maySee) return refuse(guest, 'forbidden', 'You may not see who is here.', { room });
    await seats.members(seat);
  };

  return {
    async handle(guest, event) {
      if (event.t === 'publish') return publish(guest, event); // also what a lost wire brought
      if (guest.state !== 'on') return;
      if (event.t === 'join') return join(guest, event);
      if (event.t === 'history') return history(guest, event);
      if (event.t !== 'leave') return inPresence(guest, event);
      if (guest.seats?.get(event.room)?.join !== event.join) return; // an older join's
      leaveSeat(guest, event.room);
      throttle?.forget(guest, event.room);
      await hide(guest, event.room);
    },
    async recheck(guest, next) {
      guest.user = next;
      for (const seat of [...(guest.seats?.values() ?? [])]) {
        const { room, join: number, maySee } = seat;
        const mayJoin = await may(guest, 'join', room);
        const isSame = mayJoin && (await may(guest, 'presence', room)) === maySee;
        if (guest.state !== 'on') return;
        if (isSame || guest.seats?.get(room) !== seat) continue;
        leaveSeat(guest, room);
        // who may still join does so again, and gets what the new rights allow
        if (mayJoin) say(guest, JSON.stringify({ t: 'resync', room }));
        await hide(guest, room);
        if (!mayJoin) refuse(guest, 'forbidden', 'You may not be in this room any more.', { room, join: number });
      }
    },
    stop(guest) {
      for (const [room, seat] of guest.seats ?? []) {
        seats.stop(seat);
        onRoom(guest, 'left', room);
      }
    },
  };
}
