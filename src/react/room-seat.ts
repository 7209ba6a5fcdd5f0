// What one component has of one room: a handle, its newest options, its verbs. No React in here; inert until it is watched.

import type { Readable, Unsubscribe } from '../base/readable.js';
import type { RealtimeClient } from '../client/realtime-client.js';
import type { Presence, RoomHandle, RoomOptions, RoomRef } from '../client/room-handle.js';
import type { PresenceHappening } from '../model/presence.js';
import { initialRoom, type RoomGap, type RoomMessage, type RoomState, roomStateOf } from '../model/room.js';
import { sameJson } from '../model/same-json.js';
import { createOthers } from './others.js';
import type { FieldsRead } from './tracked.js';

/** What is read when it is needed, so that it may be new in each render. */
export interface SeatOptions<T, P extends object> extends RoomOptions {
  readonly presence?: P | undefined;
  readonly onMessage?: ((message: RoomMessage<T>) => void) | undefined;
  readonly onGap?: ((gap: RoomGap) => void) | undefined;
  readonly onPresence?: ((happening: PresenceHappening<P>) => void) | undefined;
}

export interface RoomVerbs<T, P extends object> extends Pick<
  RoomHandle<T, P>,
  'send' | 'retry' | 'updatePresence' | 'loadOlder' | 'clear'
> {}

export interface RoomSeat<T, P extends object> extends Readable<RoomState<T, P>> {
  /** The room before anybody watches it: what a server renders. */
  readonly idle: RoomState<T, P>;
  readonly verbs: RoomVerbs<T, P>;
  /** What the component has read. */
  readonly read: FieldsRead;
  readonly others: ReturnType<typeof createOthers<P>>;
  use(ref: string | RoomRef<T, P>, options: SeatOptions<T, P>): void;
  /** Lets the component show itself until the undo is called: at once where its options say what, else with its first patch. */
  attend(): Unsubscribe;
  /** The options say something else than before: that is merged into what is shown. */
  follow(): void;
  /** Merged into what is shown. Nothing where the component does not attend. */
  patch(patch: Partial<P>): void;
}

export function createRoomSeat<T, P extends object>(client: RealtimeClient, id: string): RoomSeat<T, P> {
  let ref: RoomRef<T, P> = { id };
  let options: SeatOptions<T, P> = {};
  let attends = false;
  let exit: Unsubscribe | undefined; // while we have entered
  let followed: P | undefined; // what the options said last
  // the client looks at these when it needs them, and finds the newest
  const handle = client.room<T, P>(
    {
      id,
      get message() {
        return ref.message;
      },
      get presence() {
        return ref.presence;
      },
    },
    {
      get history() {
        return options.history;
      },
      get onInvalid() {
        return options.onInvalid;
      },
    },
  );

  return {
    idle: roomStateOf(initialRoom(id)) as RoomState<unknown, Presence> as RoomState<T, P>,
    verbs: {
      send: (data, send) => handle.send(data, send),
      retry: (message) => handle.retry(message),
      updatePresence: (patch) => handle.updatePresence(patch),
      loadOlder: (limit) => handle.loadOlder(limit),
      clear: () => handle.clear(),
    },
    read: new Set<string>(),
    others: createOthers<P>(),
    getSnapshot: () => handle.getSnapshot(),
    subscribe(listener) {
      // ears first: whatever watching brings is heard
      const undo = [
        handle.on('message', (message) => options.onMessage?.(message)),
        handle.on('gap', (gap) => options.onGap?.(gap)),
        handle.on('presence', (happening) => options.onPresence?.(happening)),
        handle.subscribe(listener),
      ];
      return () => {
        for (const each of undo.reverse()) each();
      };
    },
    use(newest, newestOptions) {
      ref = typeof newest === 'string' ? { id } : newest;
      options = newestOptions;
    },
    attend() {
      attends = true;
      followed = options.presence;
      if (followed) exit = handle.enter(followed);
      return () => {
        attends = false;
        exit?.();
        exit = undefined;
      };
    },
    follow() {
      const { presence } = options;
      if (!exit || !presence || sameJson(followed, presence)) return;
      const before = (followed ?? {}) as Presence;
      const after = presence as Presence;
      followed = presence;
      const patch: Record<string, unknown> = {};
      // what the options no longer say is taken back: JSON leaves undefined out
      for (const key of Object.keys({ ...before, ...after }))
        if (!sameJson(before[key], after[key])) patch[key] = after[key];
      handle.updatePresence(patch as Partial<P>);
    },
    patch(patch) {
      if (!attends) return;
      exit ??= handle.enter(patch as P);
      handle.updatePresence(patch);
    },
  };
}
