// A host whose timers are as in a page that has been hidden for five minutes: they run at the turn of a minute. Tests nothing.

import type { Clock } from '../../src/base/clock.js';
import { createManualHost, type ManualHost } from '../../src/testing/manual-host.js';

export const TICK_MS = 60_000;

export interface ThrottledHost {
  /** For whoever is tested. */
  readonly host: ManualHost;
  /** Real time passes. */
  advance(ms: number): void;
  /** Everything stands still for so long; what was due meanwhile is late. */
  sleep(ms: number): void;
  hide(): void;
  /** The page is told first, then what was held back runs. */
  show(): void;
  now(): number;
}

export function createThrottledHost(): ThrottledHost {
  const plain = createManualHost();
  const real = plain.clock;
  const held = new Set<() => void>();
  let slept = 0;
  const now = (): number => real.now() + slept;
  const isHidden = (): boolean => plain.focus.getSnapshot() === 'hidden';

  const after: Clock['after'] = (ms, run) => {
    let cancel = (): void => {};
    const due = (): void => {
      held.delete(due);
      cancel();
      const lateMs = isHidden() ? (TICK_MS - (now() % TICK_MS)) % TICK_MS : 0;
      if (lateMs === 0) return run();
      held.add(due);
      cancel = real.after(lateMs, due);
    };
    cancel = real.after(ms, due);
    return () => {
      held.delete(due);
      cancel();
    };
  };
  return {
    host: { ...plain, clock: { ...real, now, after } },
    advance: real.advance,
    sleep: (ms) => void (slept += ms),
    hide: () => plain.setFocus('hidden'),
    show() {
      plain.setFocus('visible');
      for (const due of [...held]) due();
    },
    now,
  };
}
