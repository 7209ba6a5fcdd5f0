// One client of a chaos run: what its listeners heard, what it sent, and what became of that.

import { ladder } from '../../src/client/ladder.js';
import {
  createRealtimeClient,
  type RealtimeClient,
  type RealtimeClientOptions,
} from '../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import type { RoomGap } from '../../src/model/room.js';
import type { Endpoint } from '../../src/transport/credentials.js';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import type { Heard, Log } from './score.js';
import { type Said, whatOf } from './what.js';

export const WAYS = ['websocket', 'sse', 'long-poll', 'poll', 'ladder'] as const;
/** `ladder`: all four, best first; the others stand alone. */
export type Way = (typeof WAYS)[number];

export interface Person {
  readonly name: string;
  readonly way: Way;
  readonly client: RealtimeClient;
  readonly log: Log;
  /** Sent, and not settled. */
  readonly waiting: number;
  readonly isJoined: boolean;
  /** How the room is for it. */
  readonly standing: string;
  /** The users that it sees in the room; undefined: it does not know just now. */
  readonly members: readonly string[] | undefined;
  /** The newest place that it knows. */
  readonly place: { readonly epoch: string; readonly offset: number } | null;
  /** Wires that opened so far. */
  readonly opened: number;
  say(): void;
  /** Begins anew where it was told to stop, or that it may not be here; false: it was not. */
  goOn(): boolean;
  close(): void;
}

export interface PersonOptions extends Pick<
  RealtimeClientOptions,
  'auth' | 'heartbeat' | 'retry' | 'connectTimeoutMs' | 'fallback'
> {
  readonly name: string;
  readonly way: Way;
  readonly url: Endpoint;
  readonly room: string;
  readonly WebSocket: WebSocketConstructor;
  readonly fetch?: typeof fetch | undefined;
  /** Shows itself in the room? */
  readonly isSeen?: boolean | undefined;
  readonly padding: number;
  /** So many messages were applied before. */
  readonly from: () => number;
}

export function createPerson({
  name,
  way,
  url,
  room: id,
  WebSocket,
  fetch,
  isSeen = false,
  padding,
  from,
  ...options
}: PersonOptions): Person {
  const rungs = ladder(url, { WebSocket, fetch, pollIntervalMs: 20 });
  const only = rungs.find((rung) => rung.name === way);
  const client = createRealtimeClient({ transport: only ?? rungs, flush: 'microtask', lingerMs: 0, ...options });
  const heard: Heard[] = [];
  const gaps: RoomGap[] = [];
  const sent: string[] = [];
  const receipts: RoomReceipt[] = [];
  const room = client.room<Said>(id, { history: 100 });
  let since: number | undefined;
  let opened = 0;
  let wasOpen = false;
  const offs = [
    room.on(
      'message',
      (message) => void heard.push({ id: message.id, offset: message.offset, what: whatOf(message.data) }),
    ),
    room.on('gap', (gap) => void gaps.push(gap)),
    room.subscribe(() => {
      if (since === undefined && room.getSnapshot().status === 'joined') since = from();
    }),
    client.connection.subscribe(() => {
      const isOpen = client.connection.getSnapshot().status === 'open';
      if (isOpen && !wasOpen) opened++;
      wasOpen = isOpen;
    }),
    ...(isSeen ? [room.enter({})] : []),
  ];
  return {
    ...{ name, way, client },
    log: {
      ...{ name, heard, gaps, sent, receipts },
      get from() {
        return since ?? from();
      },
    },
    get waiting() {
      return sent.length - receipts.length;
    },
    get isJoined() {
      return room.getSnapshot().status === 'joined';
    },
    get standing() {
      return room.getSnapshot().status;
    },
    get members() {
      const { members, synced } = room.getSnapshot();
      return synced ? [...members.keys()].sort() : undefined;
    },
    get place() {
      return room.getSnapshot().cursor;
    },
    get opened() {
      return opened;
    },
    say() {
      const n = sent.length;
      const message = `${name}-${n}`;
      sent.push(message);
      const data = { by: name, n, ...(padding > 0 ? { pad: '.'.repeat(padding) } : {}) };
      void room.send(data, { id: message, timeoutMs: 300_000 }).done.then((receipt) => receipts.push(receipt));
    },
    goOn() {
      const { status } = client.connection.getSnapshot();
      if (status === 'failed' || status === 'closed') void client.reconnect().catch(() => {});
      else if (room.getSnapshot().status === 'denied') room.subscribe(() => {})(); // who comes anew asks anew
      else return false;
      return true;
    },
    close() {
      for (const off of offs) off();
      client.close();
    },
  };
}
