// One user's hold on a room: leased while it is watched, entered or spoken in. Inert until then.

import { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import type { Host } from '../base/host.js';
import type { Lease } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { isLonger } from '../base/utf8.js';
import { whole } from '../base/whole.js';
import { sensible } from '../connection/retry.js';
import { isId, isRoomName } from '../protocol/read-frames.js';
import { publishEvent } from './publication.js';
import { tooLarge } from './parcel.js';
import { initialRoom, roomStateOf } from '../model/room.js';
import type { Attendance } from './attendance.js';
import type { Ears } from './ears.js';
import type { RoomDelivery, RoomHandle, RoomOptions, RoomRef, RoomSendOptions } from './room-handle.js';
import type { RoomLink } from './room-link-parts.js';
import type { RoomPool } from './room-pool.js';
import type { Route } from './route-parts.js';

export interface RoomViewParts {
  readonly host: Pick<Host, 'clock' | 'random'>;
  /** Leased by whoever takes part; held until everything is answered. */
  readonly rooms: Pick<RoomPool, 'lease' | 'find' | 'hold'>;
  /** Those whose options hold. */
  readonly attendance: Pick<Attendance, 'attend'>;
  readonly ears: Ears;
  readonly lingerMs: () => number;
  /** The connection of a room: may anything be sent, and how large? */
  readonly route: (id: string) => Pick<Route, 'refusal' | 'limits'>;
  /** Default of `timeoutMs`. */
  readonly ttlMs: () => number;
}

/** Throws `config` for a name that no room has. */
export function createRoomView(parts: RoomViewParts, room: string | RoomRef, options: RoomOptions): RoomHandle {
  const { host, rooms, lingerMs, ears } = parts;
  const ref: RoomRef = typeof room === 'string' ? { id: room } : room;
  const { id } = ref;
  if (!isRoomName(id))
    throw new RealtimeError('config', 'A room has 1 to 128 characters, none of them a control character.');
  const lease = (): Lease<RoomLink> => rooms.lease(id);
  const find = (): RoomLink | undefined => rooms.find(id);
  const idle = roomStateOf(initialRoom(id));

  const take = (): Unsubscribe => {
    const leave = parts.attendance.attend(ref, options);
    const held = lease();
    held.value.retry();
    return () => {
      leave();
      held.release(lingerMs());
    };
  };

  const publish = (data: unknown, send: RoomSendOptions, again = false): RoomDelivery => {
    const { id: message = createId(host.random), type = 'message', volatile = false, key } = send;
    const timeoutMs = sensible(send.timeoutMs, parts.ttlMs());
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
          : { type: 'sending', message: { id: message, data, type, at: host.clock.wallNow() } },
      );
      const route = parts.route(id);
      const most = route.limits.maxMessageBytes;
      const error = refusal ?? route.refusal ?? (isLonger(event, most) ? tooLarge(most) : undefined);
      if (error) {
        store.push({ type: 'failed', id: message, error });
        return dropped(error);
      }
      rooms.hold(held.value);
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
