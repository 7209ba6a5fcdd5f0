// What was said in rooms in memory, at once and with places as one text: how the tests of the hub look at it. Tests nothing.

import type { Awaitable, RoomMessage } from '../../src/server/backplane.js';
import { memory, type MemoryOptions } from '../../src/server/memory.js';

/** Memory never makes anybody wait. */
function now<T>(value: Awaitable<T>): T {
  if (value instanceof Promise) throw new Error('that came later');
  return value;
}

export function createHub(options: MemoryOptions = {}) {
  const rooms = memory(options);
  const textOf = (place: { readonly epoch: string; readonly offset: number }): string =>
    `${place.epoch}-${place.offset}`;
  return {
    publish: (room: string, payload: string | Uint8Array) => ({
      id: textOf(now(rooms.publish(room, { id: '', from: null, payload, type: 'message' }))),
    }),
    subscribe: (room: string, listener: (message: RoomMessage) => void) =>
      now(rooms.subscribe(room, (event) => void (event.kind === 'message' && listener(event.message)))),
    since(room: string, id: string) {
      const [, epoch = '', offset = '0'] = /^(.*)-(\d{1,15})$/s.exec(id) ?? [];
      const { messages, gap } = now(rooms.since(room, { epoch, offset: Number(offset) }, Infinity));
      return { messages, resumed: !gap };
    },
    latest: (room: string, count: number) => now(rooms.latest(room, count)).messages,
    position: (room: string) => textOf(now(rooms.position(room))),
    get rooms() {
      return rooms.rooms;
    },
    close: () => now(rooms.close()),
  };
}
