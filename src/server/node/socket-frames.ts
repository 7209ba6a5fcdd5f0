// Messages as frames of WebSocket, unmasked (RFC 6455 §5.2): made once for all the sockets that one goes to. Writes to none.

import type { Clock } from '../../base/clock.js';
import type { Payload } from '../published.js';

/** Longer ones are not kept beyond the turn in which they go out. */
const KEPT_BYTES = 2 ** 16;

const FINAL = 0x80;
const TEXT = 1;
const BINARY = 2;

/** One whole message: text as UTF-8, or bytes. */
export function socketFrame(payload: Payload): Buffer {
  const isText = typeof payload === 'string';
  const length = isText ? Buffer.byteLength(payload) : payload.length;
  const head = length < 126 ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FINAL | (isText ? TEXT : BINARY);
  frame[1] = head === 2 ? length : head === 4 ? 126 : 127;
  if (head === 4) frame.writeUInt16BE(length, 2);
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  if (isText) frame.write(payload, head);
  else frame.set(payload, head);
  return frame;
}

/** Remembers the last one: what a room hears goes to a thousand sockets, one after the other. Payloads never change. */
export function createSocketFrames(clock: Pick<Clock, 'after'>): (payload: Payload) => Buffer {
  let last: Payload | undefined;
  let frame: Buffer | undefined;
  return (payload) => {
    if (frame && payload === last) return frame;
    const made = socketFrame(payload);
    last = payload;
    frame = made;
    if (made.length > KEPT_BYTES)
      clock.after(0, () => {
        if (frame === made) last = frame = undefined;
      });
    return made;
  };
}
