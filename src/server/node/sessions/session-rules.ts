// What holds for every wire of the rooms protocol over HTTP, on whichever server a request of it comes in. Decides nothing.

import { CLOSE } from '../../../protocol/rooms-frames.js';
import type { Refusal } from '../query.js';

/** POSTs of one wire at once: a client makes one at a time. */
export const MAX_POSTS = 64;

export const UNKNOWN: Refusal = { status: 503, reason: 'This session is not known here: begin a new one.' };
export const STRANGER: Refusal = { status: 403, reason: 'Another origin has opened this session.' };
export const TOO_MANY: Refusal = { status: 429, reason: 'One POST at a time.' };

/** What ends a wire that asked for too much. */
export const OVER: Readonly<Record<'tooBig' | 'tooMany', { readonly code: number; readonly reason: string }>> = {
  tooBig: { code: 1009, reason: 'a frame that is too large' },
  tooMany: { code: CLOSE.tooMuch, reason: 'more POSTs at once than the server takes' },
};
