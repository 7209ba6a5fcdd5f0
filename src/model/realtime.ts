// The root fold: connection, user and rooms. Pure and replayable: no time, no I/O.

import { RealtimeError } from '../base/error.js';
import { type ConnectionState, restingState } from '../connection/status.js';
import type { User } from '../protocol/rooms-frames.js';
import { initialRoom, reduceRoom, type RoomEvent, type RoomModel, type RoomState, roomStateOf } from './room.js';

export interface RealtimeState {
  readonly connection: ConnectionState & {
    /** The one in use; null while it is not open. */
    readonly transport: string | null;
    /** Why the better ones are not, best first. */
    readonly skipped: readonly { readonly transport: string; readonly why: string }[];
  };
  /** Whom the server takes us for. */
  readonly user: User | null;
  /** What others call this client. */
  readonly connectionId?: string | undefined;
  readonly rooms: ReadonlyMap<string, RoomState>;
}

export type RealtimeEvent =
  | { readonly type: 'connection'; readonly connection: RealtimeState['connection'] }
  | { readonly type: 'welcome'; readonly user: User; readonly connection: string }
  /** `limit` (100) bounds the messages of the room. */
  | { readonly type: 'room'; readonly room: string; readonly limit?: number | undefined; readonly event: RoomEvent }
  | { readonly type: 'forget'; readonly room: string };

export const initialRealtimeState: RealtimeState = Object.freeze({
  connection: Object.freeze({ ...restingState, transport: null, skipped: [] }),
  user: null,
  rooms: new Map(),
});

const DEFAULT_LIMIT = 100;

/** A room as it is seen, which brings along what the fold needs to go on; that is no field of it. */
interface CarryingRoom extends RoomState {
  readonly model: RoomModel;
}

function carry(model: RoomModel): RoomState {
  return Object.defineProperty(roomStateOf(model), 'model', { value: model });
}

function modelOf(state: RoomState): RoomModel {
  const { model } = state as Partial<CarryingRoom>;
  if (model) return model;
  throw new RealtimeError(
    'config',
    `The room '${state.id}' is a copy: give realtimeReducer the states that it returned.`,
  );
}

/**
 * A batch of events in, one new state out; the same object, and the same rooms, where nothing changed. However a log is cut into
 * batches, the state is the same.
 *
 * @example
 * const state = log.reduce(realtimeReducer, initialRealtimeState); // a log of batches
 */
export function realtimeReducer(state: RealtimeState, events: readonly RealtimeEvent[]): RealtimeState {
  let { connection, user, connectionId } = state;
  let rooms: Map<string, RoomState> | undefined;
  // what one room has to fold, until something else than its own next event needs the outcome
  const inboxes = new Map<string, { limit: number; readonly events: RoomEvent[] }>();

  const flush = (id: string): void => {
    const inbox = inboxes.get(id);
    if (!inbox) return;
    inboxes.delete(id);
    const shown = (rooms ?? state.rooms).get(id);
    const before = shown ? modelOf(shown) : initialRoom(id);
    const first: readonly RoomEvent[] = shown ? [] : [{ type: 'self', user: user?.id, connection: connectionId }];
    const start = reduceRoom(before, first, inbox.limit).room;
    const { room } = reduceRoom(start, inbox.events, inbox.limit);
    // what happens to a room that nobody has, and leaves no trace, makes none
    if (room !== start) (rooms ??= new Map(state.rooms)).set(id, carry(room));
  };
  const push = (id: string, event: RoomEvent, limit: number): void => {
    if ((inboxes.get(id)?.limit ?? limit) !== limit) flush(id);
    const inbox = inboxes.get(id);
    if (inbox) inbox.events.push(event);
    else inboxes.set(id, { limit, events: [event] });
  };

  for (const event of events)
    switch (event.type) {
      case 'connection':
        connection = event.connection;
        break;
      case 'welcome': {
        for (const id of [...inboxes.keys()]) flush(id);
        ({ user, connection: connectionId } = event);
        const self: RoomEvent = { type: 'self', user: user.id, connection: connectionId };
        // it brings no messages, so it bounds none
        for (const id of (rooms ?? state.rooms).keys()) push(id, self, Infinity);
        break;
      }
      case 'room':
        push(event.room, event.event, event.limit ?? DEFAULT_LIMIT);
        break;
      case 'forget':
        inboxes.delete(event.room);
        if ((rooms ?? state.rooms).has(event.room)) (rooms ??= new Map(state.rooms)).delete(event.room);
        break;
    }
  for (const id of [...inboxes.keys()]) flush(id);
  const isSame =
    connection === state.connection && user === state.user && connectionId === state.connectionId && !rooms;
  return isSame ? state : { connection, user, connectionId, rooms: rooms ?? state.rooms };
}
