// What network and page do to a connection, as phase events. Holds the time at which a hidden page's link is to go.

import type { Host } from '../base/host.js';
import type { Facts, PhaseEvent } from './phase.js';

export interface Environment {
  /** Starts or stops listening to the world. */
  watch(wanted: boolean): void;
  facts(now: number): Pick<Facts, 'online' | 'lateMs' | 'parked'>;
  /** When the grace of a hidden page is over. */
  readonly parkAt: number;
}

const LATE_MS = 1_000;
/** Browsers let the timers of a hidden page run once in a minute, and it does not sleep for that. */
const HIDDEN_LATE_MS = 61_000;

export function watchEnvironment(
  { clock, focus, network }: Host,
  graceMs: () => number,
  post: (event: PhaseEvent) => void,
): Environment {
  let stop: (() => void) | undefined;
  let parkAt = Infinity;

  const onNetwork = (): void => post({ type: network.getSnapshot() ? 'wake' : 'offline' });
  const onFocus = (): void => {
    const seen = focus.getSnapshot();
    // a page that is frozen and thawed in the background has had its grace
    if (seen === 'visible') parkAt = Infinity;
    else if (seen === 'hidden') parkAt = Math.min(parkAt, clock.now() + graceMs());
    if (seen === 'suspended') post({ type: 'park' });
    else {
      // coming back is told by several events at once; only the first of them finds anything to do
      post({ type: 'unpark' });
      if (seen === 'visible') post({ type: 'wake' });
    }
  };

  return {
    watch(wanted) {
      if (wanted === (stop !== undefined)) return;
      stop?.();
      stop = undefined;
      parkAt = Infinity;
      if (!wanted) return;
      const leaveNetwork = network.subscribe(onNetwork);
      const leaveFocus = focus.subscribe(onFocus);
      stop = () => {
        leaveNetwork();
        leaveFocus();
      };
      if (focus.getSnapshot() === 'hidden') parkAt = clock.now() + graceMs();
    },
    facts: (now) => ({
      online: network.getSnapshot(),
      lateMs: focus.getSnapshot() === 'hidden' ? HIDDEN_LATE_MS : LATE_MS,
      parked: focus.getSnapshot() === 'suspended' || now >= parkAt,
    }),
    get parkAt() {
      return parkAt;
    },
  };
}
