// One user's hold on a room: leased while it is watched, entered or spoken in. Inert until then.

import { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import type { Lease } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { isLonger } from '../base/utf8.js';
import { whole } from '../base/whole.js';
import { isId } from '../protocol/read-frames.js';
import { publishEvent } from './publication.js';
import { tooLarge } from './publisher.js';
import { initialRoom, roomStateOf } from '../model/room.js';
import type { Ears } from './ears.js';
import type { RoomDelivery, RoomHandle, RoomOptions, RoomRef, RoomSendOptions } from './room-handle.js';
import type { RoomLink } from './room-link.js';

export interface RoomViewParts {
  readonly ref: RoomRef;
  readonly options: RoomOptions;
  /** Takes part: joined while somebody does. */
  readonly lease: () => Lease<RoomLink>;
  readonly lingerMs: () => number;
  /** The room as it is, if anybody has it. */
  readonly find: () => RoomLink | undefined;
  /** Counts among those whose options hold. */
  readonly attend: (ref: RoomRef, options: RoomOptions) => Unsubscribe;
  readonly ears: Ears;
  /** Keeps the room until everything is answered. */
  readonly hold: (link: RoomLink) => void;
  readonly wallNow: () => number;
  readonly random: () => number;
  /** Why nothing can be sent now; undefined: it can, or can wait. */
  readonly refusal: () => RealtimeError | undefined;
  readonly maxMessageBytes: () => number;
  /** Default of `timeoutMs`. */
  readonly ttlMs: () => number;
}

export function createRoomView(parts: RoomViewParts): RoomHandle {
  const { ref, options, lease, lingerMs, find, ears, random } = parts;
  const { id } = ref;
  const idle = roomStateOf(initialRoom(id));

  const take = (): Unsubscribe => {
    const leave = parts.attend(ref, options);
    const held = lease();
    held.value.retry();
    return () => {
      leave();
      held.release(lingerMs());
    };
  };

  const publish = (data: unknown, send: RoomSendOptions, again = false): RoomDelivery => {
    const { id: message = createId(random), type = 'message', timeoutMs = parts.ttlMs(), volatile = false, key } = send;
    if (!isId(message)) throw new RealtimeError('invalid', 'The id of a message has 1 to 128 characters.');
    const event = publishEvent(id, message, data, type);
    const held = lease();
    const { store, publisher, refusal } = held.value;
    const dropped = (error: RealtimeError): RoomDelivery => ({
      id: message,
      verdict: 'dropped',
      done: Promise.resolve({ status: 'dropped', id: message, error }),
      cancel: () => false,
    });
    try {
      if (publisher.has(message)) return dropped(new RealtimeError('invalid', 'This message is on its way already.'));
      store.push(
        again
          ? { type: 'retrying', id: message }
          : { type: 'sending', message: { id: message, data, type, at: parts.wallNow() } },
      );
      const most = parts.maxMessageBytes();
      const error = refusal ?? parts.refusal() ?? (isLonger(event, most) ? tooLarge(most) : undefined);
      if (error) {
        store.push({ type: 'failed', id: message, error });
        return dropped(error);
      }
      parts.hold(held.value);
      return publisher.publish({ id: message, event, timeoutMs, volatile, key, signal: send.signal });
    } catch (error) {
      store.push(
        again ? { type: 'failed', id: message, error: error as RealtimeError } : { type: 'withdrawn', id: message },
      );
      throw error;
    } finally {
      held.release(lingerMs());
    }
  };

  return {
    id,
    getSnapshot: () => find()?.store.getSnapshot() ?? idle,
    subscribe(listener) {
      const leave = take();
      const off = find()?.store.subscribe(listener);
      return () => {
        off?.();
        leave();
      };
    },
    send: (data, send = {}) => publish(data, send),
    retry(message) {
      const found = find()
        ?.store.fold()
        .messages.find((each) => each.id === message);
      if (found?.state !== 'failed')
        throw new RealtimeError('config', `There is no failed message '${message}' in '${id}'.`);
      return publish(found.data, { id: message, type: found.type }, true);
    },
    enter(initial = {}) {
      const leave = take();
      let exit: Unsubscribe | undefined;
      try {
        exit = find()?.own.enter(initial);
      } catch (error) {
        leave();
        throw error;
      }
      return () => {
        exit?.();
        leave();
      };
    },
    updatePresence: (patch) => find()?.own.update(patch),
    loadOlder: (limit = 50) =>
      find()?.pager.load(whole(limit)) ??
      Promise.reject(new RealtimeError('config', `Nobody watches '${id}': older messages would be shown to nobody.`)),
    clear: () => find()?.store.push({ type: 'clear' }),
    on: (type, listener) => ears.on(id, type, listener as (event: unknown) => void),
  } as RoomHandle;
}
