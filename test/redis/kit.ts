// Rooms on a real Redis, with an ear in them, and a way to it that can be blocked. Tests nothing.

import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { createClient } from 'redis';
import {
  type Backplane,
  redis,
  type RedisOptions,
  type RedisStatus,
  type RoomEvent,
  type RoomMessage,
} from '../../src/server.js';
import type { PresenceEntry } from '../../src/protocol/rooms-frames.js';

export const draft = (id: string, from: string | null = 'anna', payload: string | Uint8Array = JSON.stringify(id)) => ({
  id,
  from,
  payload,
  type: 'message',
});

export const entry = (connection: string, n: number, data: PresenceEntry['data'] = {}): PresenceEntry => ({
  user: `user of ${connection}`,
  connection,
  n,
  data,
  joinedAt: n,
});

/** A machine that is busy is no fault of Redis, and no server's death: where a test is about those it says how long they are. */
const PATIENT = { timeoutMs: 10_000, leaseMs: 60_000, presenceTickMs: 5 } as const;

export interface Node {
  readonly backplane: Backplane;
  readonly told: RedisStatus[];
}

/** Gone when the test is. */
export function createNode(url: string, options: RedisOptions = {}): Node {
  const told: RedisStatus[] = [];
  const backplane = redis(url, { ...PATIENT, onStatus: (status) => void told.push(status), ...options });
  onTestFinished(async () => backplane.close());
  return { backplane, told };
}

/** Connected, however slow this machine is: with a short time limit the first tries may fail. */
export async function connected(backplane: Backplane): Promise<void> {
  for (;;)
    try {
      return void (await backplane.position('default'));
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
}

export interface Ear {
  readonly events: RoomEvent[];
  readonly messages: readonly RoomMessage[];
  readonly ids: readonly string[];
  readonly resyncs: number;
  /** As `+c@n`, `~c@n`, `-c@n`. */
  readonly changes: readonly string[];
  leave(): void;
}

export async function listen({ backplane }: Node, room = 'a'): Promise<Ear> {
  const events: RoomEvent[] = [];
  const leave = await backplane.subscribe(room, (event) => void events.push(event));
  const messages = () => events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
  return {
    events,
    leave,
    get messages() {
      return messages();
    },
    get ids() {
      return messages().map(({ id }) => id);
    },
    get resyncs() {
      return events.filter(({ kind }) => kind === 'resync').length;
    },
    get changes() {
      return events.flatMap((event) =>
        event.kind === 'presence'
          ? event.changes.map((change) =>
              change.op === 'leave'
                ? `-${change.connection}@${change.n}`
                : `${change.op === 'enter' ? '+' : '~'}${change.entry.connection}@${change.entry.n}`,
            )
          : [],
      );
    },
  };
}

/** One who asks Redis itself. */
export async function createAdmin(url: string) {
  const admin = createClient({ url });
  admin.on('error', () => {});
  await admin.connect();
  onTestFinished(() => admin.destroy());
  return admin;
}

export const connectionsOf = async ({ backplane }: Node, room = 'a'): Promise<string[]> =>
  (await backplane.members(room)).entries.map(({ connection, n }) => `${connection}@${n}`);

export interface Way {
  readonly url: string;
  /** Nothing passes any more, and nothing closes. */
  block(): void;
  /** What was blocked is cut; what comes from now on passes. */
  open(): void;
}

/** A way to Redis that can be blocked without either end noticing. */
export async function createWay(port: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let isBlocked = false;
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => {}).on('close', () => sockets.delete(near));
    if (isBlocked) return;
    const far = connect(port, '127.0.0.1');
    sockets.add(far);
    far.on('error', () => {}).on('close', () => (sockets.delete(far), near.destroy()));
    near.on('close', () => far.destroy());
    const pass = (from: Socket, to: Socket): void => void from.on('data', (piece) => isBlocked || to.write(piece));
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`,
    block: () => void (isBlocked = true),
    open() {
      isBlocked = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}
