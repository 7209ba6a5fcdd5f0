// The state of one room, folded once per flush however much came. Knows no wires and decides nothing.

import type { Readable } from '../base/readable.js';
import { createSignal } from '../base/signal.js';
import type { PresenceHappening } from '../model/presence.js';
import { initialRoom, reduceRoom, type RoomEvent, type RoomState, roomStateOf } from '../model/room.js';
import type { Folding } from './realtime-store.js';

export interface RoomStore extends Readable<RoomState>, Folding {
  push(event: RoomEvent): void;
  /** The offset of the oldest that is kept of the present epoch. */
  oldest(): number | undefined;
  /** Folds what has come, for who cannot wait for the flush. */
  fold(): RoomState;
}

export interface RoomStoreParts {
  readonly id: string;
  /** There is something to fold. */
  readonly mark: (room: Folding) => void;
  /** Messages to keep. */
  readonly limit: () => number;
  /** A batch was folded. */
  readonly folded: (state: RoomState, happened: readonly PresenceHappening[], lost: boolean) => void;
}

/**
 * Past this many unfolded events they are folded early, and told when their frame comes. Few, so that little is alive when a
 * flood is collected.
 */
const INBOX_LIMIT = 256;

export function createRoomStore({ id, mark, limit, folded }: RoomStoreParts): RoomStore {
  const watchers = createSignal<void>();
  let model = initialRoom(id);
  let shown = roomStateOf(model);
  let told = shown;
  let inbox: RoomEvent[] = [];

  const fold = (): RoomState => {
    if (inbox.length === 0) return shown;
    const events = inbox;
    inbox = [];
    const { room, happened } = reduceRoom(model, events, limit());
    if (room !== model) shown = roomStateOf((model = room));
    folded(shown, happened, model.presence.lost);
    return shown;
  };
  const tell = (): void => watchers.emit();

  const store: RoomStore = {
    push(event) {
      inbox.push(event);
      if (inbox.length >= INBOX_LIMIT) fold();
      mark(store);
    },
    fold,
    oldest() {
      fold();
      const { confirmed, current } = model.messages;
      return confirmed.items[confirmed.items.length - current]?.offset ?? undefined;
    },
    settle() {
      fold();
      if (told === shown) return undefined;
      told = shown;
      return tell;
    },
    getSnapshot: () => told,
    subscribe: (listener) => watchers.on(listener),
  };
  return store;
}
