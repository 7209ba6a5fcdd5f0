// What a client is told first: who it is, and what the server takes. Decides none of it.

import { ROOMS_VERSION, type User, type WelcomeFrame } from '../../protocol/rooms-frames.js';
import type { SessionSettings } from './session-services.js';

/** A whole number as JSON can carry it. */
export const whole = (value: number): number => Math.max(0, Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER));

export function welcomeOf(user: User, connection: string, settings: SessionSettings): WelcomeFrame {
  const { history, dedupeMs, heartbeatMs } = settings;
  const limits = {
    maxMessageBytes: whole(settings.maxMessageBytes),
    maxRooms: whole(settings.maxRoomsPerConnection),
    maxPresenceBytes: whole(settings.maxPresenceBytes),
    ...{ history: whole(history), dedupeMs: whole(dedupeMs) },
  };
  return { t: 'welcome', v: ROOMS_VERSION, user, connection, limits, heartbeatMs: whole(heartbeatMs) };
}
