// The four rungs of the ladder, best first, and what stands in the way of each. No state.

import type { Way } from '../parts/lab.js';

export interface Rung {
  /** As `useConnection()` names it. */
  readonly way: Way;
  readonly name: string;
  readonly how: string;
  /** What a network that does not let it through looks like; null: everything lets this one through. */
  readonly blocked: string | null;
}

export const RUNGS: readonly Rung[] = [
  { way: 'websocket', name: 'WebSocket', how: 'One socket, both ways.', blocked: 'Block upgrades' },
  { way: 'sse', name: 'Server-Sent Events', how: 'One answer that never ends, and posts.', blocked: 'Block streams' },
  {
    way: 'long-poll',
    name: 'Long poll',
    how: 'Requests that wait for news, and posts.',
    blocked: 'Block long polls',
  },
  { way: 'poll', name: 'Poll', how: 'A request every so often, and posts.', blocked: null },
];
