// Who listens to what in which room, whether it is joined or not. Holds nothing where nobody listens.

import type { Unsubscribe } from '../base/readable.js';
import { createSignal, type Signal } from '../base/signal.js';
import type { RoomEvents } from './room-handle.js';

type Kind = keyof RoomEvents;

export interface Ears {
  on(room: string, kind: Kind, listener: (event: unknown) => void): Unsubscribe;
  tell<K extends Kind>(room: string, kind: K, event: RoomEvents[K]): void;
  /** Made only where somebody listens. */
  tellOf<K extends Kind, F>(room: string, kind: K, from: F, make: (from: F) => RoomEvents[K]): void;
}

export function createEars(): Ears {
  const rooms = new Map<string, Map<Kind, Signal<unknown>>>();
  return {
    on(room, kind, listener) {
      const kinds = rooms.get(room) ?? new Map<Kind, Signal<unknown>>();
      rooms.set(room, kinds);
      const signal = kinds.get(kind) ?? createSignal<unknown>();
      kinds.set(kind, signal);
      const off = signal.on(listener);
      return () => {
        off();
        if (signal.size === 0 && kinds.get(kind) === signal) kinds.delete(kind);
        if (kinds.size === 0 && rooms.get(room) === kinds) rooms.delete(room);
      };
    },
    tell: (room, kind, event) => rooms.get(room)?.get(kind)?.emit(event),
    tellOf(room, kind, from, make) {
      const signal = rooms.get(room)?.get(kind);
      if (signal) signal.emit(make(from));
    },
  };
}
