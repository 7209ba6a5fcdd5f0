// Codes and reasons by which a host may end sessions. Ends none.

import { RealtimeError } from '../base/error.js';
import { isLonger } from '../base/utf8.js';

/** Those that mean the same on every transport, and say something to a client. */
const STANDARD: ReadonlySet<number> = new Set([1000, 1001, 1008, 1011, 1012, 1013]);
/** The reader comes back, and takes up where it was, if it can. */
export const TRY_AGAIN_LATER = 1013;
/** Of a close frame (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/** The code, where it can be said with that reason; throws `config` where it cannot. */
export function closing(code: number, reason: string): number {
  if (!STANDARD.has(code) && !(Number.isInteger(code) && code >= 3000 && code <= 4999))
    throw new RealtimeError(
      'config',
      `A session is closed with 1000, 1001, 1008, 1011–1013 or 3000–4999, not ${code}.`,
    );
  if (typeof reason !== 'string' || isLonger(reason, MAX_REASON_BYTES))
    throw new RealtimeError('config', `A reason is text of up to ${MAX_REASON_BYTES} bytes.`);
  return code;
}
