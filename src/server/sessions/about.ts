// Where an answer of a session belongs, as far as what was said tells it. Reads no frames.

import { isCount, isId, isRoomName } from '../../protocol/read-frames.js';
import type { ErrorFrame } from '../../protocol/rooms-frames.js';

/** Where an error belongs. */
export type About = Pick<ErrorFrame, 'room' | 'join' | 'id' | 'request' | 'retryAfterMs'>;

/** What an event was about, also where it makes no sense. */
export function aboutOf(value: Readonly<Record<string, unknown>> = {}): About {
  const { room, join, id, request } = value;
  return {
    ...(isRoomName(room) ? { room } : {}),
    ...(isCount(join) ? { join } : {}),
    ...(isId(id) ? { id } : {}),
    ...(isCount(request) ? { request } : {}),
  };
}
