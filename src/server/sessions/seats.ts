// The joined rooms of sessions, each with what it heard while it was being joined, and from then on. Asks for no rights.

import type { Unsubscribe } from '../../base/readable.js';
import type { Backplane, Members, Past, RoomEvent } from '../backplane.js';
import type { Encoder } from '../encoder.js';

export interface Seat {
  readonly room: string;
  readonly join: number;
  /** Hears who is there, and may be there. */
  readonly maySee: boolean;
}

export interface Joining<S> {
  readonly session: S;
  readonly room: string;
  readonly join: number;
  readonly maySee: boolean;
  /** The past that the join asks for. */
  readonly read: () => Past | Promise<Past>;
  /** Runs when it is certain that what comes will be heard, and before anybody is told that this one is here. */
  readonly enter: () => Promise<void>;
}

export interface Seats<S> {
  /** Subscribes first and reads the past then, so that nothing falls between. Rejects as the backplane does. */
  open(joining: Joining<S>): Promise<Seat>;
  /** Says who is there. Rejects as the backplane does. */
  members(seat: Seat): Promise<void>;
  /** Hears nothing more. */
  stop(seat: Seat): void;
}

export interface SeatsParts<S> {
  readonly backplane: Backplane;
  readonly encoder: Encoder;
  /** `asked`: it is an answer, however long. */
  readonly say: (session: S, event: string, asked?: boolean) => void;
  /** Resolves when little waits for the reader; undefined: now. */
  readonly calm: (session: S) => Promise<void> | undefined;
}

/** There may be ten thousands that only listen: what those do not need is not made for them. */
interface Held<S> extends Seat {
  readonly session: S;
  /** Heard while something is asked for, which may contain it. */
  held: RoomEvent[] | undefined;
  missed: boolean;
  stopped: boolean;
  /** It reads too slowly for every change of presence: soon it is told who is there then. */
  isBehind: boolean;
  /** The newest list of members that was asked for. */
  asked: Promise<void> | undefined;
  leave: Unsubscribe | undefined;
}

/** More is not kept while a backplane takes its time: then the client begins again. */
const MAX_HELD = 10_000;

export function createSeats<S>({ backplane, encoder, say, calm }: SeatsParts<S>): Seats<S> {
  const tell = (seat: Held<S>, event: RoomEvent): void => {
    if (seat.stopped || (event.kind === 'presence' && !(seat.maySee && mayTell(seat)))) return;
    say(seat.session, encoder.event(seat.room, event));
  };
  const answer = (seat: Held<S>, event: string): void => {
    if (!seat.stopped) say(seat.session, event, true);
  };
  const mayTell = (seat: Held<S>): boolean => {
    if (seat.isBehind) return false;
    const later = calm(seat.session);
    if (!later) return true;
    seat.isBehind = true;
    void later.then(() => catchUp(seat));
    return false;
  };
  const catchUp = async (seat: Held<S>): Promise<void> => {
    seat.isBehind = false;
    try {
      if (!seat.stopped) await members(seat);
    } catch {
      tell(seat, { kind: 'resync' });
    }
  };
  /** One list after the other: what is held back meanwhile is of both. */
  const members = (seat: Held<S>): Promise<void> => {
    const ask = (): Promise<void> => askMembers(seat);
    const asked: Promise<void> = (seat.asked?.then(ask, ask) ?? ask()).finally(() => {
      if (seat.asked === asked) seat.asked = undefined;
    });
    seat.asked = asked;
    return asked;
  };
  const askMembers = async (seat: Held<S>): Promise<void> => {
    seat.held = []; // or a change that is newer could be told before the list that lacks it
    let found: Members | undefined;
    try {
      found = await backplane.members(seat.room);
      answer(seat, encoder.members(seat.room, found));
    } finally {
      release(seat, (event) => isSince(event, found));
    }
  };
  /** Tells what was held back, but for what the client has by now. */
  const release = (seat: Held<S>, isNews: (event: RoomEvent) => boolean): void => {
    for (const event of seat.held ?? []) if (isNews(event)) tell(seat, event);
    seat.held = undefined;
    if (seat.missed) tell(seat, { kind: 'resync' });
    seat.missed = false;
  };
  const hear = (seat: Held<S>, event: RoomEvent): void => {
    if (!seat.held) tell(seat, event);
    else if (seat.held.length < MAX_HELD) seat.held.push(event);
    else seat.missed = true;
  };
  const stop = (seat: Held<S>): void => {
    seat.stopped = true;
    seat.leave?.();
    seat.leave = undefined;
  };
  const take = ({ session, room, join, maySee }: Joining<S>): Held<S> => ({
    session,
    room,
    join,
    maySee,
    held: [],
    missed: false,
    stopped: false,
    isBehind: false,
    asked: undefined,
    leave: undefined,
  });
  const open = async (joining: Joining<S>): Promise<Seat> => {
    const { room, join } = joining;
    const seat = take(joining);
    seat.leave = await backplane.subscribe(room, (event) => hear(seat, event));
    try {
      const past = await joining.read();
      await joining.enter();
      const here = seat.maySee ? await backplane.members(room) : undefined;
      answer(seat, encoder.joined(room, join, past));
      if (here) answer(seat, encoder.members(room, here));
      release(seat, (event) => isAfter(event, past) && isSince(event, here));
      return seat;
    } catch (error) {
      stop(seat);
      throw error;
    }
  };
  // there are no others than those
  return {
    open,
    members: (seat) => members(seat as Held<S>),
    stop: (seat) => stop(seat as Held<S>),
  };
}

const isAfter = (event: RoomEvent, { epoch, offset }: Past): boolean =>
  event.kind !== 'message' || event.message.epoch !== epoch || event.message.offset > offset;

const isSince = (event: RoomEvent, members: Members | undefined): boolean =>
  event.kind !== 'presence' || !members || event.seq > members.seq;
