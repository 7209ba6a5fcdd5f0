// A server on rooms that answer later, and somebody who speaks there without it. Tests nothing.

import { onTestFinished } from 'vitest';
import { memory, type MemoryBackplane, type RealtimeServerOptions } from '../../../src/server.js';
import { createLaterBackplane, type LaterBackplane } from '../../support/later-backplane.js';
import { ask, start, type Started } from './support.js';

/** Gone when the test is. */
export function roomsOf(size: number): MemoryBackplane {
  const rooms = memory({ history: { size } });
  onTestFinished(() => void rooms.close());
  return rooms;
}

export interface StartedLater {
  readonly rooms: LaterBackplane;
  readonly server: Started;
  /** At once, by whoever else stands on these rooms. */
  say(data: unknown): void;
}

export async function startLater(options: RealtimeServerOptions = {}): Promise<StartedLater> {
  const inner = roomsOf(100);
  const rooms = createLaterBackplane(inner);
  const say = (data: unknown): void =>
    void inner.publish('x', { id: '', from: null, payload: JSON.stringify(data), type: 'message' });
  const server = await start({ ...options, backplane: rooms.backplane });
  await ask(server.at('')); // by then it has asked what it asks for itself
  return { rooms, say, server };
}

export const SSE = { accept: 'text/event-stream' } as const;
