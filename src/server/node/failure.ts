// What failed, as operators are told. Decides nothing.

import type { ServerEvent } from './options.js';

/** `room`: null where it is of none. */
export const failureOf = (room: string | null, cause: unknown): ServerEvent => ({
  type: 'error',
  room,
  reason: cause instanceof Error ? cause.message : String(cause),
  cause,
});
