// Who comes to the playground's rooms, what they may, and what was said in a chat before anybody came. Knows no http.

import { type Clock, systemClock } from '../../src/base/clock.js';
import { type MemoryBackplane, memory, type RealtimeServerOptions } from '../../src/server.js';
import { PAST } from './past.js';
import type { Tokens } from './tokens.js';

/** Rooms of a lab's chat: `chat:<lab>/general`. */
const CHAT = /^chat:[a-z0-9]{4,32}\/([a-z]+)$/;
/** Here only the server speaks. */
const NOTICES = 'notices';

const HISTORY_SIZE = 1_000;
const HISTORY_MS = 60 * 60_000;
/** From one line of the past to the next. */
const PACE_MS = 47_000;

/** What `createRealtimeServer` needs to know of the house. */
export function createHouse(tokens: Tokens): Required<
  Pick<RealtimeServerOptions, 'backplane' | 'authenticate' | 'authorize'>
> & {
  readonly backplane: MemoryBackplane;
} {
  let turnedBackMs = 0;
  const clock: Clock = { ...systemClock, wallNow: () => systemClock.wallNow() - turnedBackMs };
  const backplane = memory({ clock, history: { size: HISTORY_SIZE, ttlMs: HISTORY_MS } });

  /** A chat that nobody has been in yet has been going on for a while. */
  const giveAPast = (room: string): void => {
    const [, name = ''] = CHAT.exec(room) ?? [];
    const lines = PAST[name];
    const place = backplane.position(room); // of a memory: at once
    if (!lines || !('offset' in place) || place.offset > 0) return;
    for (const [i, [from, text]] of lines.entries()) {
      turnedBackMs = (lines.length - i) * PACE_MS;
      const payload = JSON.stringify({ text });
      void backplane.publish(room, { id: `past-${i}`, from, payload, type: 'message' });
    }
    turnedBackMs = 0;
  };

  return {
    backplane,
    // a playground: who shows no pass and says a name is taken at their word
    authenticate({ token = `guest-${Math.random().toString(36).slice(2, 8)}` }) {
      const holder = tokens.check(token);
      return holder === undefined ? { id: token } : holder;
    },
    authorize({ action, room }) {
      if (action === 'join') giveAPast(room);
      return action !== 'publish' || CHAT.exec(room)?.[1] !== NOTICES;
    },
  };
}
