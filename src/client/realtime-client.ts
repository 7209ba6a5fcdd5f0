// One connection, many rooms: what is wanted is kept, and said again on each wire. Knows no React.

import { RealtimeError } from '../base/error.js';
import { createBatch, syncBatch } from '../base/batch.js';
import { createHost } from '../base/host.js';
import { createPool } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import { createAttendance } from './attendance.js';
import type { RealtimeAuth } from './credentials.js';
import { createEars } from './ears.js';
import type { RealtimeClient, RealtimeClientOptions } from './realtime-options.js';
import { createPostOffice } from './post-office.js';
import { createRealtimeStore } from './realtime-store.js';
import type { RoomHandle, RoomRef } from './room-handle.js';
import { createRoomPool } from './room-pool.js';
import { createRoomView } from './room-view.js';
import { createRoute } from './route.js';
import type { Route, Routes, RoutesParts } from './route-parts.js';

export type { RealtimeClient, RealtimeClientOptions } from './realtime-options.js';

/** How long a server knows what was said to it, where it has not said. */
const DEDUPE_MS = 300_000;
const SIGN_OUT_MS = 5_000; // so long the store may take to hand over what goes with the user

const alone = (route: Route): Routes => ({
  ...{ all: [route], of: () => route },
  ...{ whole: route.connection, state: route.state },
});

/**
 * A client of the rooms protocol. It connects when a room is watched, or while somebody retains it.
 *
 * @example
 * const client = createRealtimeClient({ transport: ladder('/realtime') });
 * const room = client.room<{ text: string }>('general');
 * const leave = room.subscribe(() => console.log(room.getSnapshot().messages));
 * room.send({ text: 'hello' });
 */
export function createRealtimeClient(given: RealtimeClientOptions | (() => RealtimeClientOptions)): RealtimeClient {
  const options = typeof given === 'function' ? given : () => given;
  const first = options();
  const host = createHost(first.host);
  const { clock } = host;
  const batches = { frame: createBatch(host.frame, host.soon), microtask: createBatch(), sync: syncBatch };
  const attendance = createAttendance();
  const ears = createEars();
  const tellError = (error: RealtimeError): void => guarded(options().onError, error);
  let signedOut = false;

  // --- the ways out: one connection, or several, and which room keeps to which
  const auth = (): RealtimeAuth | undefined => options().auth;
  const open: RoutesParts['open'] = (own, replaced) =>
    createRoute({
      ...{ host, options, replaced, onError: tellError },
      auth: own,
      welcomed: ({ user, connection }) => store.set({ user, connectionId: connection }),
      changed: (route) => changed(route),
    });
  const { all, of, whole, state } = first.pool?.start({ open, auth, clock }) ?? alone(open(auth));
  const post = createPostOffice({
    host,
    options,
    address: all[0]?.address,
    user: (room) => of(room).user,
    dedupeMs: (room) => of(room).welcome?.limits.dedupeMs ?? DEDUPE_MS,
    adopt: (found, kept) => (signedOut ? kept.remove() : rooms.adopt(found, kept)),
    opened: () => rooms.resume(),
    changed: () => show(),
    onError: tellError,
  });

  const store = createRealtimeStore(
    () => batches[options().flush ?? 'frame'],
    () => rooms.states(),
  );
  // --- rooms
  const rooms = createRoomPool({
    host,
    routes: { all, of },
    postage: post,
    mark: store.mark,
    attendance,
    ears,
    use: () => use(0),
    lingerMs: () => lingerMs(),
    throttleMs: () => options().presenceThrottleMs ?? 50,
    changed: store.roomsChanged,
    onError: tellError,
  });

  // --- the connection is wanted while anything is used
  const lingerMs = (): number => options().lingerMs ?? 250;
  const uses = createPool<null>(clock, () => {
    for (const { talker, connection } of all) {
      talker.flush(); // the last `leave`
      // what was closed on purpose stays so, whoever comes and goes
      if (connection.getSnapshot().status !== 'closed') connection.stop();
    }
    post.close();
    store.rest();
  });
  const use = (linger: number): Unsubscribe => {
    const lease = uses.acquire('', () => null);
    post.open();
    for (const { connection } of all) if (connection.getSnapshot().status === 'idle') connection.connect();
    return () => lease.release(linger);
  };

  const show = (): void => store.set({ connection: { ...state(), queued: post.size } });
  const changed = (route: Route): void => {
    show();
    const { status } = route.connection.getSnapshot();
    // what was written while nobody was there is nobody's
    if (signedOut && status !== 'closed') {
      signedOut = false;
      for (const link of rooms.all()) guarded(link.forget, 'another user');
    }
    // what outlives the page outlives a failure too: it waits for `connect`, as long as it may
    const over = route.refusal;
    if (!over || (post.isKept && status === 'failed')) return;
    for (const { publisher } of route.links.values()) publisher.clear(over);
  };

  const views = { ...{ host, rooms, attendance, ears, lingerMs }, route: of, ttlMs: () => post.ttlMs };

  return {
    connection: store.connection,
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    room: (room, roomOptions = {}) =>
      createRoomView(views, room as string | RoomRef, roomOptions) as RoomHandle<never, never>,
    retain: () => use(lingerMs()),
    connect: () => whole.connect(),
    disconnect: (code, reason) => whole.disconnect(code, reason),
    reconnect: () => whole.reconnect(),
    async drained() {
      await post.drained();
      await whole.drained();
    },
    signOut() {
      store.set({ user: null, connectionId: undefined }); // first: who hears of the rest may look here
      whole.disconnect(1000, 'signed out');
      signedOut = true;
      for (const route of all) route.forget('signed out');
      // what earlier pages left goes too, also where nobody has asked for it yet
      if (options().outbox?.storage) use(SIGN_OUT_MS)();
    },
    close() {
      whole.disconnect();
      rooms.settle();
      uses.settle();
    },
  };
}
