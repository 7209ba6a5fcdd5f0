// What our own code publishes, made fit to travel. Knows no rooms.

import { RealtimeError } from '../base/error.js';
import type { Payload } from './published.js';

/** Bytes as a copy, for they may change; all else as JSON. Throws `config` for what neither can carry. */
export function payloadOf(data: unknown): Payload {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  // not `slice()`: that of a Buffer shares its memory
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  const why = cause instanceof Error ? ` ${cause.message}` : '';
  throw new RealtimeError('config', `publish: JSON cannot carry this value.${why}`, { cause });
}
