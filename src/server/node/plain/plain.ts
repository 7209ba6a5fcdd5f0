// A room as links without users have it: places as one text, the past that a visit asks for, what follows. Writes to no wire.

import { RealtimeError } from '../../../base/error.js';
import { createId } from '../../../base/id.js';
import type { Unsubscribe } from '../../../base/readable.js';
import type { Place } from '../../../protocol/rooms-frames.js';
import { whenThere } from '../../awaitable.js';
import type { Awaitable, Draft, Past } from '../../backplane.js';
import { hear, type Hearing } from '../../hear.js';
import type { Payload } from '../../published.js';
import { failureOf } from '../failure.js';
import type { Refusal } from '../query.js';
import type { Context, Visit } from '../visit.js';

/** A place, for those who keep it for us: the same on every server. */
export const idOf = ({ epoch, offset }: Place): string => `${epoch}-${offset}`;

/** One that we never gave is of no epoch. */
function placeOf(id: string): Place {
  const [, epoch = '', offset = '0'] = /^(.*)-(\d{1,15})$/s.exec(id) ?? [];
  return { epoch, offset: Number(offset) };
}

/** What nobody has said: the server itself, or a link without users. */
export const draftOf = (payload: Payload, type = 'message'): Draft => ({
  id: createId(() => 0), // Node has `crypto`: nothing else is asked
  from: null,
  payload,
  type,
});

/** Why not now, for the one who asked; what has failed is the operator's business. */
export function unavailable(cause: unknown, room: string, { emit }: Pick<Context, 'emit'>): Refusal {
  if (cause instanceof RealtimeError && cause.kind === 'overflow') return { status: 503, reason: cause.message };
  emit(failureOf(room, cause));
  return { status: 503, reason: 'Not now: what rooms stand on is out of reach. Try again.' };
}

/** The newest that are kept, as many as are asked for. */
export const latestFor = ({ room, replay = 0 }: Visit, { plainRooms }: Context): Awaitable<Past> =>
  plainRooms.latest(room, Math.min(replay, plainRooms.history));

/** What a reader is given of the past: what came after its place, else as much as it asks for. `comesBack`: it does not go on polling. */
export function pastFor(visit: Visit, context: Context, comesBack: boolean): Awaitable<Past> {
  const { room, cursor } = visit;
  const { plainRooms, emit } = context;
  if (cursor === undefined) return latestFor(visit, context);
  return whenThere(plainRooms.since(room, placeOf(cursor), plainRooms.history), (past) => {
    if (past.gap) emit({ type: 'gap', room, ...past.gap });
    else if (comesBack) emit({ type: 'recovered', room, messages: past.messages.length });
    return past;
  });
}

/** What a visit asks for of the past, then every message, once and in order. Fails as the backplane does. */
export function follow(
  visit: Visit,
  context: Context,
  comesBack: boolean,
  /** Hears of the past once, and first. */
  begin: (past: Past) => void,
  hearing: Hearing,
): Awaitable<Unsubscribe> {
  const read = (): Awaitable<Past> =>
    whenThere(pastFor(visit, context, comesBack), (past) => {
      begin(past);
      return past;
    });
  return hear(context.plainRooms, visit.room, hearing, read);
}
