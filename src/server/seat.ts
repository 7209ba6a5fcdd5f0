// One joined room of one session: what it heard while it was being joined, and from then on. Asks for no rights.

import type { Backplane, Members, Past, RoomEvent } from './backplane.js';
import type { Encoder } from './encoder.js';

export interface Seat {
  readonly join: number;
  /** Hears who is there, and may be there. */
  readonly maySee: boolean;
  /** Says who is there. Rejects as the backplane does. */
  members(): Promise<void>;
  stop(): void;
}

export interface SeatOptions {
  readonly backplane: Backplane;
  readonly encoder: Encoder;
  readonly room: string;
  readonly join: number;
  readonly maySee: boolean;
  /** `asked`: it is an answer, however long. */
  readonly say: (event: string, asked?: boolean) => void;
  /** Resolves when little waits for the reader; undefined: now. */
  readonly calm: () => Promise<void> | undefined;
  /** The past that the join asks for. */
  readonly read: () => Past | Promise<Past>;
  /** Runs when it is certain that what comes will be heard, and before anybody is told that this one is here. */
  readonly enter: () => Promise<void>;
}

/** More is not kept while a backplane takes its time: then the client begins again. */
const MAX_HELD = 10_000;

/** Subscribes first and reads the past then, so that nothing falls between. Rejects as the backplane does. */
export async function openSeat(options: SeatOptions): Promise<Seat> {
  const { backplane, encoder, room, join, maySee, say, calm, read, enter } = options;
  let held: RoomEvent[] | undefined = [];
  let missed = false;
  let stopped = false;
  let isBehind = false; // it reads too slowly for every change of presence: soon it is told who is there then
  let asked: Promise<void> = Promise.resolve();
  const tell = (event: RoomEvent): void => {
    if (stopped || (event.kind === 'presence' && !(maySee && mayTell()))) return;
    say(encoder.event(room, event));
  };
  const mayTell = (): boolean => {
    if (isBehind) return false;
    const later = calm();
    if (!later) return true;
    isBehind = true;
    void later.then(catchUp);
    return false;
  };
  const catchUp = async (): Promise<void> => {
    isBehind = false;
    try {
      if (!stopped) await members();
    } catch {
      tell({ kind: 'resync' });
    }
  };
  /** One list after the other: what is held back meanwhile is of both. */
  const members = (): Promise<void> => (asked = asked.then(askMembers, askMembers));
  const askMembers = async (): Promise<void> => {
    held = []; // or a change that is newer could be told before the list that lacks it
    let found: Members | undefined;
    try {
      found = await backplane.members(room);
      if (!stopped) say(encoder.members(room, found), true);
    } finally {
      release((event) => isSince(event, found));
    }
  };
  /** Tells what was held back, but for what the client has by now. */
  const release = (isNews: (event: RoomEvent) => boolean): void => {
    for (const event of held ?? []) if (isNews(event)) tell(event);
    held = undefined;
    if (missed) tell({ kind: 'resync' });
    missed = false;
  };
  const leave = await backplane.subscribe(room, (event) => {
    if (!held) tell(event);
    else if (held.length < MAX_HELD) held.push(event);
    else missed = true;
  });
  const stop = (): void => {
    stopped = true;
    leave();
  };
  try {
    const past = await read();
    await enter();
    const here = maySee ? await backplane.members(room) : undefined;
    say(encoder.joined(room, join, past), true);
    if (here) say(encoder.members(room, here), true);
    release((event) => isAfter(event, past) && isSince(event, here));
  } catch (error) {
    stop();
    throw error;
  }
  return {
    join,
    maySee,
    stop,
    members,
  };
}

const isAfter = (event: RoomEvent, { epoch, offset }: Past): boolean =>
  event.kind !== 'message' || event.message.epoch !== epoch || event.message.offset > offset;

const isSince = (event: RoomEvent, members: Members | undefined): boolean =>
  event.kind !== 'presence' || !members || event.seq > members.seq;
