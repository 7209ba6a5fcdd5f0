// What is sent, and when: bursts, groups, a steady stream. Knows no wire: `send` takes the messages of one moment.

import { setImmediate, setTimeout } from 'node:timers/promises';
import { messageOf } from './messages.mjs';

const now = () => performance.timeOrigin + performance.now();
/** Of a burst, at once: between slices the wire gets its turn. */
const SLICE = 1_000;

const floods = {
  /** All `n`, as fast as they go. */
  async burst(next, { n }) {
    for (let sent = 0; sent < n; sent += SLICE) {
      next(Math.min(SLICE, n - sent));
      await setImmediate();
    }
  },

  /** `size` messages back to back every `everyMs`. */
  async groups(next, { n, size, everyMs }) {
    for (let sent = 0; sent < n; sent += size) {
      next(Math.min(size, n - sent));
      await setTimeout(everyMs);
    }
  },

  /** `perSecond`, each at its time as far as timers of a ms allow. */
  async steady(next, { n, perSecond }) {
    const startedAt = performance.now();
    for (let sent = 0; sent < n;) {
      const due = Math.min(n, Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond));
      if (due > sent) next(due - sent);
      sent = Math.max(sent, due);
      await setTimeout(1);
    }
  },
};

/** The numbering goes on from flood to flood, one per page. */
export function createFlooder(send) {
  let seq = 0;
  return {
    flood(name, { keys, ...options }) {
      const next = (count) => {
        const at = now();
        send(Array.from({ length: count }, () => messageOf(seq++, keys, at)));
      };
      return floods[name](next, options);
    },
  };
}
