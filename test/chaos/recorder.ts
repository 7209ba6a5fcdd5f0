// One more who stands on the Redis of a fleet, and writes down what rooms take: also what Redis forgets afterwards. Tests nothing.

import { type Backplane, redis, type RoomMessage } from '../../src/server.js';
import type { Place } from '../../src/protocol/rooms-frames.js';
import type { Applied, Truth } from './score.js';
import { whatOf } from './what.js';

export interface Recorder {
  /** Where a room is. */
  place(room: string): Promise<Place>;
  /** Of each room: what Redis has, behind what it had and was heard here. */
  truths(): Promise<Readonly<Record<string, Truth>>>;
  close(): Promise<void>;
}

const appliedOf = ({ epoch, offset, id, payload }: RoomMessage): Applied => ({
  ...{ epoch, offset, id },
  what: whatOf(JSON.parse(String(payload))),
});

export async function createRecorder(
  url: string,
  options: { readonly prefix: string; readonly history: number; readonly leaseMs: number },
  rooms: readonly string[],
): Promise<Recorder> {
  const { prefix, history, leaseMs } = options;
  const backplane: Backplane = redis(url, { prefix, leaseMs, history: { size: history } });
  const heard = new Map(rooms.map((room): [string, Applied[]] => [room, []]));
  const epochs = new Map<string, string[]>();
  for (const [room, messages] of heard) {
    epochs.set(room, [(await backplane.position(room)).epoch]);
    await backplane.subscribe(
      room,
      (event) => void (event.kind === 'message' && messages.push(appliedOf(event.message))),
    );
  }
  const truthOf = async (room: string): Promise<Truth> => {
    const now = await backplane.latest(room, history);
    const [first = ''] = epochs.get(room) ?? [];
    const known = [...new Set([first, ...(heard.get(room) ?? []).map(({ epoch }) => epoch), now.epoch])];
    const earlier = (heard.get(room) ?? []).filter(({ epoch }) => epoch !== now.epoch);
    return { epochs: known, applied: [...earlier, ...now.messages.map(appliedOf)] };
  };
  return {
    place: async (room) => backplane.position(room),
    truths: async () => Object.fromEntries(await Promise.all(rooms.map(async (room) => [room, await truthOf(room)]))),
    async close() {
      await backplane.close();
    },
  };
}
