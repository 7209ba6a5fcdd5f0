// One client of a chaos run: what its listeners heard, what it sent, and what became of that.

import { ladder } from '../../src/client/ladder.js';
import {
  createRealtimeClient,
  type RealtimeClient,
  type RealtimeClientOptions,
} from '../../src/client/realtime-client.js';
import type { RoomReceipt } from '../../src/client/room-handle.js';
import type { RoomGap } from '../../src/model/room.js';
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
  /** The newest place that it knows. */
  readonly place: { readonly epoch: string; readonly offset: number } | null;
  /** Wires that opened so far. */
  readonly opened: number;
  say(): void;
  close(): void;
}

export interface PersonOptions extends Pick<
  RealtimeClientOptions,
  'heartbeat' | 'retry' | 'connectTimeoutMs' | 'fallback'
> {
  readonly name: string;
  readonly way: Way;
  readonly url: string;
  readonly room: string;
  readonly WebSocket: WebSocketConstructor;
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
  padding,
  from,
  ...options
}: PersonOptions): Person {
  const rungs = ladder(url, { WebSocket, pollIntervalMs: 20 });
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
    close() {
      for (const off of offs) off();
      client.close();
    },
  };
}
