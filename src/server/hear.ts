// One room as one reader hears it: every message once and in order, also after what rooms stand on was away. Decides nothing.

import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import type { Place } from '../protocol/rooms-frames.js';
import { orUndo, whenThere } from './awaitable.js';
import type { Awaitable, Backplane, Past, RoomEvent, RoomMessage } from './backplane.js';

export interface Hearing {
  readonly onMessage: (message: RoomMessage) => void;
  /** Something is missing that cannot be had any more. */
  readonly onGap: (gap: NonNullable<Past['gap']>) => void;
}

type Backrooms = Pick<Backplane, 'history' | 'subscribe' | 'since' | 'position'>;

/** One reader's: a record, for there are as many as readers, and functions of their own would cost more than this. */
interface Ear {
  readonly backplane: Backrooms;
  readonly room: string;
  readonly hearing: Hearing;
  // where it is; not as an object, which would be one for each message and reader, or would keep a payload alive
  epoch: string | undefined;
  offset: number;
  held: RoomMessage[] | undefined;
  /** For the place first, for what is missing later. */
  isAsking: boolean;
  /** Something is missing. */
  isLate: boolean;
  isOver: boolean;
}

/** More is not held back while something is asked for: it is asked for too. */
const MAX_HELD = 10_000;

// as their methods: who has many ears shares the functions of them
const pass = (hearing: Hearing, message: RoomMessage): void => hearing.onMessage(message);
const passGap = (hearing: Hearing, gap: NonNullable<Past['gap']>): void => hearing.onGap(gap);

function standAt(ear: Ear, { epoch, offset }: Place): void {
  ear.epoch = epoch;
  ear.offset = offset;
}
function tell(ear: Ear, message: RoomMessage): void {
  standAt(ear, message);
  if (!ear.isOver) guarded(pass, ear.hearing, message);
}
function take(ear: Ear, message: RoomMessage): void {
  const isSame = message.epoch === ear.epoch;
  if (isSame && message.offset <= ear.offset) return;
  if (isSame && message.offset === ear.offset + 1 && !ear.isLate) tell(ear, message);
  else ear.isLate = true; // it is among what is missing
}
/** All that there was at some moment is told: what came meanwhile follows. */
function goOnFrom(ear: Ear, place: Place): void {
  standAt(ear, place);
  const held = (ear.held ??= []);
  for (const message of held) take(ear, message); // and what comes while that is told
  ear.held = undefined;
}
async function catchUp(ear: Ear): Promise<void> {
  const { backplane, room, hearing } = ear;
  ear.isAsking = true;
  while (ear.isLate && ear.epoch !== undefined && !ear.isOver) {
    ear.isLate = false;
    try {
      const past = await backplane.since(room, { epoch: ear.epoch, offset: ear.offset }, backplane.history);
      if (past.gap && !ear.isOver) guarded(passGap, hearing, past.gap);
      for (const message of past.messages) tell(ear, message);
      goOnFrom(ear, past);
    } catch {
      // out of reach: what was heard meanwhile asks again, or what is heard next
      const isHeardOf = ear.isLate || ear.held !== undefined;
      ear.isLate = true;
      ear.held = undefined;
      if (!isHeardOf) break;
    }
  }
  ear.isAsking = false;
}
function heard(ear: Ear, event: RoomEvent): void {
  if (ear.isOver || event.kind === 'presence') return;
  if (event.kind === 'resync') ear.isLate = true;
  else if (!ear.isAsking) take(ear, event.message);
  else if ((ear.held ??= []).length < MAX_HELD) ear.held.push(event.message);
  else ear.isLate = true;
  if (ear.isLate && !ear.isAsking) void catchUp(ear);
}

// apart, for what stays with each reader shall hold nothing of how it began
const listenerOf = (ear: Ear) => (event: RoomEvent) => heard(ear, event);
const stopOf = (ear: Ear, leave: Unsubscribe) => (): void => {
  ear.isOver = true;
  leave();
};

/**
 * Hears all that is said behind the place that `read` finds; without it, from when this resolves. Fails as the backplane does.
 * In memory nothing of it takes a turn of the event loop.
 */
export function hear(
  backplane: Backrooms,
  room: string,
  hearing: Hearing,
  read: () => Awaitable<Place> = () => backplane.position(room),
): Awaitable<Unsubscribe> {
  const ear: Ear = {
    backplane,
    room,
    hearing,
    epoch: undefined,
    offset: 0,
    held: undefined,
    isAsking: true,
    isLate: false,
    isOver: false,
  };
  return whenThere(backplane.subscribe(room, listenerOf(ear)), (leave) => {
    const stop = stopOf(ear, leave);
    return orUndo(
      () =>
        whenThere(read(), (found) => {
          goOnFrom(ear, found);
          ear.isAsking = false;
          if (ear.isLate) void catchUp(ear);
          return stop;
        }),
      stop,
    );
  });
}
