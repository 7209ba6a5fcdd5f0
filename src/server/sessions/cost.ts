// What an event of a client counts for, beside messages: those are counted where they are published. Counts nothing.

import type { readClientFrame } from '../../protocol/read-frames.js';

/** What asks for long answers, or has the host asked, counts for as many. */
const ASKED = 10;

export function costOf(read: ReturnType<typeof readClientFrame>[number]): number {
  const type = 'event' in read ? read.event.t : 'ping';
  if (type === 'publish' || type === 'bye' || type === 'leave' || type === 'pong') return 0;
  return type === 'presence' || type === 'ping' ? 1 : ASKED;
}
