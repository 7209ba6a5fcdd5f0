// What the server refuses, in our words. Pure.

import { RealtimeError, type RealtimeErrorKind } from '../base/error.js';
import type { ErrorFrame } from '../protocol/rooms-frames.js';

const kinds: Readonly<Record<string, RealtimeErrorKind>> = {
  forbidden: 'forbidden',
  'too-large': 'too-large',
  'rate-limited': 'refused',
  unavailable: 'refused',
  'too-many-rooms': 'refused',
  'not-joined': 'refused',
  unsupported: 'unsupported',
  'bad-request': 'protocol',
};

/** A refusal in words. */
export function errorOfFrame({ code, message }: ErrorFrame): RealtimeError {
  return new RealtimeError(
    (Object.hasOwn(kinds, code) && kinds[code]) || 'refused',
    `The server refused (${code}): ${message}`,
    { reason: code },
  );
}

/** Where the server says "not now" and not until when. */
const LATER_MS = 1_000;

/** How long to wait before it may be asked again; undefined: no later answer would be another one. */
export function retryAfterOf({ code, retryAfterMs }: ErrorFrame): number | undefined {
  return retryAfterMs ?? (code === 'unavailable' || code === 'rate-limited' ? LATER_MS : undefined);
}
