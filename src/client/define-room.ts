// Rooms with types: what their messages and members look like, said once. Nothing lives here.

import type { Schema } from '../protocol/schema.js';
import type { Presence, RoomRef } from './room-handle.js';

/**
 * A kind of room. Call it with a name: `chat('general')` is the room `chat:general`; without one it is the room `chat`.
 *
 * @example
 * const chat = defineRoom('chat', { message: z.object({ text: z.string() }), presence: z.object({ typing: z.boolean() }) });
 * const { messages, send } = useRoom(chat('general'));
 */
export function defineRoom<T = unknown, P extends object = Presence>(
  kind: string,
  schemas: { readonly message?: Schema<T> | undefined; readonly presence?: Schema<P> | undefined } = {},
): (name?: string) => RoomRef<T, P> {
  return (name) => ({ id: name === undefined ? kind : `${kind}:${name}`, ...schemas });
}
