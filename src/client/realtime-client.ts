// One connection, many rooms: what is wanted is kept, and said again on each wire. Knows no React.

import { RealtimeError } from '../base/error.js';
import { createBatch, syncBatch } from '../base/batch.js';
import { createHost } from '../base/host.js';
import { createId } from '../base/id.js';
import { createPool } from '../base/pool.js';
import type { Unsubscribe } from '../base/readable.js';
import { guarded } from '../base/report.js';
import { createConnection } from '../connection/connection.js';
import { rooms as roomsProtocol } from '../protocol/rooms.js';
import type { ErrorFrame, Limits, ServerEvent, WelcomeFrame } from '../protocol/rooms-frames.js';
import { createAttendance } from './attendance.js';
import { createCredentials } from './credentials.js';
import { createEars } from './ears.js';
import type { RealtimeClient, RealtimeClientOptions } from './realtime-options.js';
import { createPostOffice } from './post-office.js';
import { createRealtimeStore } from './realtime-store.js';
import { errorOfFrame } from './refusals.js';
import type { RoomHandle, RoomRef } from './room-handle.js';
import { createRoomPool } from './room-pool.js';
import { createRoomView } from './room-view.js';
import { createTalker } from './talker.js';
import { createWays } from './ways.js';

export type { RealtimeClient, RealtimeClientOptions } from './realtime-options.js';

/** Grouping and the rate are of messages, and those are what the talker and the rooms see: frames leave as they come. */
const plainly = { batch: undefined, rateLimit: undefined, throttleMs: undefined };
/** How long a server knows what was said to it, where it has not said. */
const DEDUPE_MS = 300_000;
const SIGN_OUT_MS = 5_000; // so long the store may take to hand over what goes with the user
/** Until the server has said what it takes. */
const unlimited = { maxMessageBytes: Infinity, maxPresenceBytes: Infinity };

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
  const batches = { frame: createBatch(host.frame), microtask: createBatch(), sync: syncBatch };
  const attendance = createAttendance();
  const ears = createEars();
  const tellError = (error: RealtimeError): void => guarded(options().onError, error);
  let key: string | undefined;
  let welcome: WelcomeFrame | undefined; // of this wire
  let user: string | undefined; // the last one that we were taken for
  let signedOut = false;

  const credentials = createCredentials({
    clock,
    random: host.random,
    auth: () => options().auth,
    say: (event) => void say(event),
  });
  const greeting = () => ({ key: (key ??= createId(host.random)), ...credentials.forHello() });
  const ways = createWays(first.transport, greeting, first.fallback);
  const connection = createConnection<ServerEvent, readonly string[]>({
    transport: credentials.carry(ways.transport),
    protocol: credentials.hush(roomsProtocol()),
    // one frame at a time waits for the wire: rooms keep the rest, and say it anew on the next one
    options: () => ({ heartbeat: true, ...options(), ...plainly, outbox: { maxBytes: Infinity } }),
    host,
  });
  const talker = createTalker({
    clock,
    send: (events) => connection.send(events),
    most: () => limits().maxMessageBytes,
    batch: () => options().batch ?? {},
  });
  const post = createPostOffice({
    host,
    options,
    address: ways.address,
    user: () => user,
    dedupeMs: () => welcome?.limits.dedupeMs ?? DEDUPE_MS,
    adopt: (found, kept) => (signedOut ? kept.remove() : rooms.adopt(found, kept)),
    opened: () => rooms.resume(),
    changed: () => show(),
    onError: tellError,
  });
  const limits = (): Pick<Limits, 'maxMessageBytes' | 'maxPresenceBytes'> => welcome?.limits ?? unlimited;
  const say = (event: object | string): (() => boolean) =>
    talker.say(typeof event === 'string' ? event : JSON.stringify(event));

  const store = createRealtimeStore(
    () => batches[options().flush ?? 'frame'],
    () => rooms.states(),
  );
  // --- rooms
  const rooms = createRoomPool({
    host,
    say,
    busy: () => talker.busy,
    postage: post,
    limits,
    mark: store.mark,
    attendance,
    ears,
    use: () => use(0),
    lingerMs: () => lingerMs(),
    throttleMs: () => options().presenceThrottleMs ?? 50,
    identity: () => welcome && { user: welcome.user.id, connection: welcome.connection },
    changed: store.roomsChanged,
    onError: tellError,
  });
  const refusal = (): RealtimeError | undefined => {
    const { status, error } = connection.getSnapshot();
    if (status === 'failed') return error ?? new RealtimeError('lost', 'The connection has failed.');
    return status === 'closed' ? new RealtimeError('lost', 'The connection is closed: connect() first.') : undefined;
  };

  // --- the connection is wanted while anything is used
  const lingerMs = (): number => options().lingerMs ?? 250;
  const uses = createPool<null>(clock, () => {
    talker.flush(); // the last `leave`
    // what was closed on purpose stays so, whoever comes and goes
    if (connection.getSnapshot().status !== 'closed') connection.stop();
    post.close();
    store.rest();
  });
  const use = (linger: number): Unsubscribe => {
    const lease = uses.acquire('', () => null);
    post.open();
    if (connection.getSnapshot().status === 'idle') connection.connect();
    return () => lease.release(linger);
  };

  /** The one place where a user ends: what is kept of one, wherever it is, goes here. */
  const forget = (why: 'another user' | 'signed out'): void => {
    signedOut = why === 'signed out';
    for (const link of rooms.all()) guarded(link.forget, why);
  };
  const hear = (event: ServerEvent): void => {
    if (event.t === 'welcome') {
      welcome = event;
      const { id } = event.user;
      if (user !== undefined && user !== id) forget('another user');
      user = id;
      credentials.hold(event.expiresInMs);
      store.set({ user: event.user, connectionId: event.connection }); // who signs out in there is welcomed nowhere
      for (const link of rooms.all()) guarded(() => welcome === event && link.welcomed(id, event.connection));
    } else if (event.t === 'authed') credentials.hold(event.expiresInMs);
    else if (event.t === 'ping') say({ t: 'pong' });
    else if (event.t === 'error') hearError(event);
    // of a room that nobody joined: it may have been left a moment ago
    else if ('room' in event) rooms.find(event.room)?.hear(event);
  };
  const hearError = (frame: ErrorFrame): void => {
    if (frame.room === undefined) tellError(errorOfFrame(frame));
    else rooms.find(frame.room)?.refused(frame);
  };
  const cut = (): void => {
    welcome = undefined;
    for (const link of rooms.all()) link.cut(); // while it is known what has left
    talker.cut();
  };
  connection.events.on(hear);
  const show = (): void => store.set({ connection: { ...ways.show(connection.getSnapshot()), queued: post.size } });
  connection.notices.on((notice) => {
    if (notice.type === 'close' || notice.type === 'moved') cut(); // until the welcome of the next wire
    if (notice.type === 'moved') show();
    else if (notice.type === 'fault' || notice.type === 'error') tellError(notice.error);
  });
  connection.subscribe(() => {
    show();
    // what was written while nobody was there is nobody's
    if (signedOut && connection.getSnapshot().status !== 'closed') forget('another user');
    const over = refusal();
    // what outlives the page outlives a failure too: it waits for `connect`, as long as it may
    if (over && !(post.isKept && connection.getSnapshot().status === 'failed'))
      for (const { publisher } of rooms.all()) publisher.clear(over);
  });

  const views = {
    ...{ host, rooms, attendance, ears, lingerMs, refusal },
    maxMessageBytes: () => limits().maxMessageBytes,
    ttlMs: () => post.ttlMs,
  };

  return {
    connection: store.connection,
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    room: (room, roomOptions = {}) =>
      createRoomView(views, room as string | RoomRef, roomOptions) as RoomHandle<never, never>,
    retain: () => use(lingerMs()),
    connect: () => connection.connect(),
    disconnect: (code, reason) => connection.disconnect(code, reason),
    reconnect: () => connection.reconnect(),
    async drained() {
      await post.drained();
      await connection.drained();
    },
    signOut() {
      store.set({ user: null, connectionId: undefined }); // first: who hears of the rest may look here
      connection.disconnect(1000, 'signed out');
      cut(); // now, also where the wire is let go of after this turn
      forget('signed out');
      credentials.forget();
      key = user = undefined;
      // what earlier pages left goes too, also where nobody has asked for it yet
      if (options().outbox?.storage) use(SIGN_OUT_MS)();
    },
    close() {
      connection.disconnect();
      rooms.settle();
      uses.settle();
    },
  };
}
