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
  /** The past that the join asks for. */
  readonly read: () => Past | Promise<Past>;
  /** Runs when it is certain that what comes will be heard, and before anybody is told that this one is here. */
  readonly enter: () => Promise<void>;
}

/** More is not kept while a backplane takes its time: then the client begins again. */
const MAX_HELD = 10_000;

/** Subscribes first and reads the past then, so that nothing falls between. Rejects as the backplane does. */
export async function openSeat(options: SeatOptions): Promise<Seat> {
  const { backplane, encoder, room, join, maySee, say, read, enter } = options;
  let held: RoomEvent[] | undefined = [];
  let missed = false;
  let stopped = false;
  const tell = (event: RoomEvent): void => {
    if (!stopped && (event.kind !== 'presence' || maySee)) say(encoder.event(room, event));
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
    const members = maySee ? await backplane.members(room) : undefined;
    say(encoder.joined(room, join, past), true);
    if (members) say(encoder.members(room, members), true);
    release((event) => isAfter(event, past) && isSince(event, members));
  } catch (error) {
    stop();
    throw error;
  }
  return {
    join,
    maySee,
    stop,
    async members() {
      held = []; // or a change that is newer could be told before the list that lacks it
      let members: Members | undefined;
      try {
        members = await backplane.members(room);
        if (!stopped) say(encoder.members(room, members), true);
      } finally {
        release((event) => isSince(event, members));
      }
    },
  };
}

const isAfter = (event: RoomEvent, { epoch, offset }: Past): boolean =>
  event.kind !== 'message' || event.message.epoch !== epoch || event.message.offset > offset;

const isSince = (event: RoomEvent, members: Members | undefined): boolean =>
  event.kind !== 'presence' || !members || event.seq > members.seq;
