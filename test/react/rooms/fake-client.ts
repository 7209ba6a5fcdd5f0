// A client of rooms without a wire: the test says what each room is, and reads who joined, left, entered and spoke. Tests nothing.

import { createPool, type Lease } from '../../../src/base/pool.js';
import type { Unsubscribe } from '../../../src/base/readable.js';
import { createSignal } from '../../../src/base/signal.js';
import type { RealtimeClient } from '../../../src/client/realtime-client.js';
import type {
  Presence,
  RoomDelivery,
  RoomEvents,
  RoomHandle,
  RoomOptions,
  RoomRef,
} from '../../../src/client/room-handle.js';
import type { Member } from '../../../src/model/presence.js';
import { initialRealtimeState, type RealtimeState } from '../../../src/model/realtime.js';
import { initialRoom, type RoomMessage, type RoomState, roomStateOf } from '../../../src/model/room.js';
import { createManualClock, type ManualClock } from '../../../src/testing/manual-clock.js';

export interface FakeClient {
  readonly client: RealtimeClient;
  readonly clock: ManualClock;
  /** What was asked of it, in order: `join a`, `leave a`, `enter a {…}`, `exit a`, `update a {…}`, `send a …`, `retain`, `release`. */
  readonly log: string[];
  /** A room that is joined changes, and its watchers are told, at once. */
  change(room: string, fields: Partial<RoomState>): void;
  /** A message: heard at once, and shown. */
  say(room: string, ...messages: readonly RoomMessage[]): void;
  /** An event, heard only. */
  tell<K extends keyof RoomEvents>(room: string, kind: K, event: RoomEvents[K]): void;
  connect(fields: Partial<RealtimeState['connection']>): void;
  /** The handle's reference and options, as the newest user of the room gave them. */
  given(room: string): { readonly ref: RoomRef; readonly options: RoomOptions };
  readonly joined: readonly string[];
  /** Nobody may watch, listen, or be waited for. */
  readonly left: {
    readonly watchers: number;
    readonly ears: number;
    readonly retained: number;
    readonly timers: number;
  };
}

export const message = (id: string, fields: Partial<RoomMessage> = {}): RoomMessage => ({
  ...{ id, from: 'bob', data: id, type: 'message', at: 0, offset: 1, state: 'sent' },
  ...fields,
});

export const member = (id: string, presence: Presence = {}, connections: readonly string[] = [`${id}/1`]): Member => ({
  id,
  presence,
  connections: connections.map((connection) => ({ id: connection, presence, joinedAt: 0 })),
});

export const members = (...all: readonly Member[]): ReadonlyMap<string, Member> =>
  new Map(all.map((each) => [each.id, each]));

export function createFakeClient(lingerMs = 250): FakeClient {
  const clock = createManualClock();
  const log: string[] = [];
  const watchers = createSignal<void>();
  const connectionWatchers = createSignal<void>();
  const ears = createSignal<{ readonly room: string; readonly kind: string; readonly event: unknown }>();
  const users = new Map<string, { readonly ref: RoomRef; readonly options: RoomOptions }>();
  let state: RealtimeState = initialRealtimeState;
  let retained = 0;

  interface Room {
    state: RoomState;
    readonly watchers: ReturnType<typeof createSignal<void>>;
    entered: number;
  }
  const rooms = new Map<string, Room>();
  let stale = false; // the root is put together when somebody reads it
  const changed = (): void => {
    stale = true;
    watchers.emit();
  };
  const root = (): RealtimeState => {
    if (stale) state = { ...state, rooms: new Map([...rooms].map(([id, room]) => [id, room.state])) };
    stale = false;
    return state;
  };
  const pool = createPool<Room>(clock, ({ state: { id } }) => {
    log.push(`leave ${id}`);
    rooms.delete(id);
    changed();
  });
  const lease = (id: string): Lease<Room> =>
    pool.acquire(id, () => {
      log.push(`join ${id}`);
      const room: Room = { state: roomStateOf(initialRoom(id)), watchers: createSignal<void>(), entered: 0 };
      rooms.set(id, room);
      return room;
    });
  const change = (id: string, fields: Partial<RoomState>): void => {
    const room = rooms.get(id);
    if (!room) throw new Error(`nobody has joined ${id}`);
    room.state = { ...room.state, ...fields };
    changed();
    room.watchers.emit();
  };
  const show = (id: string, presence: Presence | null): void => {
    const room = rooms.get(id);
    if (room) change(id, { self: { ...room.state.self, presence } });
  };

  const handleOf = (ref: RoomRef, options: RoomOptions): RoomHandle => {
    const { id } = ref;
    const idle = roomStateOf(initialRoom(id));
    const sent = (word: string, what: unknown): RoomDelivery => {
      log.push(`${word} ${id} ${JSON.stringify(what)}`);
      return {
        id: 'sent',
        verdict: 'sent',
        done: Promise.resolve({ status: 'acknowledged', id: 'sent' }),
        cancel: () => false,
      };
    };
    return {
      id,
      getSnapshot: () => rooms.get(id)?.state ?? idle,
      subscribe(listener) {
        users.set(id, { ref, options });
        const held = lease(id);
        const off = held.value.watchers.on(listener);
        return () => {
          off();
          held.release(lingerMs);
        };
      },
      enter(initial = {}) {
        const held = lease(id);
        log.push(`enter ${id} ${JSON.stringify(initial)}`);
        if (held.value.entered++ === 0) show(id, initial);
        return once(() => {
          log.push(`exit ${id}`);
          if (--held.value.entered === 0) show(id, null);
          held.release(lingerMs);
        });
      },
      updatePresence(patch) {
        log.push(`update ${id} ${JSON.stringify(patch)}`);
        const shown = rooms.get(id)?.state.self.presence;
        if (shown) show(id, { ...shown, ...patch });
      },
      send: (data) => sent('send', data),
      retry: (which) => sent('retry', which),
      loadOlder: (limit = 50) => (log.push(`older ${id} ${limit}`), Promise.resolve(false)),
      clear: () => void log.push(`clear ${id}`),
      on: (kind, listener) =>
        ears.on((heard) => {
          if (heard.room === id && heard.kind === kind) listener(heard.event as never);
        }),
    };
  };

  const tell: FakeClient['tell'] = (room, kind, event) => ears.emit({ room, kind, event });
  return {
    clock,
    log,
    change,
    tell,
    say(room, ...messages) {
      for (const each of messages) tell(room, 'message', each);
      const shown = rooms.get(room)?.state;
      if (shown) change(room, { messages: [...shown.messages, ...messages], count: shown.count + messages.length });
    },
    connect(fields) {
      state = { ...state, connection: { ...state.connection, ...fields } };
      changed();
      connectionWatchers.emit();
    },
    given(room) {
      const user = users.get(room);
      if (!user) throw new Error(`nobody has watched ${room}`);
      return user;
    },
    get joined() {
      return [...rooms.keys()];
    },
    get left() {
      let watching = watchers.size + connectionWatchers.size;
      for (const room of rooms.values()) watching += room.watchers.size;
      return { watchers: watching, ears: ears.size, retained, timers: clock.pending };
    },
    client: {
      getSnapshot: root,
      subscribe: (listener) => watchers.on(listener),
      connection: { getSnapshot: () => state.connection, subscribe: (listener) => connectionWatchers.on(listener) },
      room: (room, options = {}) =>
        handleOf((typeof room === 'string' ? { id: room } : room) as RoomRef, options) as RoomHandle<never, never>,
      retain() {
        retained++;
        log.push('retain');
        return once(() => {
          retained--;
          log.push('release');
        });
      },
      connect: () => void log.push('connect'),
      disconnect: (code, reason) => void log.push(`disconnect ${code} ${reason}`),
      reconnect: () => (log.push('reconnect'), Promise.resolve()),
      drained: () => Promise.resolve(),
      signOut: () => void log.push('signOut'),
      close: () => void log.push('close'),
    },
  };
}

export const NOTHING_LEFT = { watchers: 0, ears: 0, retained: 0, timers: 0 };

function once(undo: () => void): Unsubscribe {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    undo();
  };
}
