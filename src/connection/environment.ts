// What network and page do to a connection, as phase events. Holds the time at which a hidden page's link is to go.

import type { Host } from '../base/host.js';
import type { PhaseEvent } from './phase.js';

export interface Environment {
  /** Starts or stops listening to the world. */
  watch(wanted: boolean): void;
  /** Must no wire exist now? */
  parked(now: number): boolean;
  /** When the grace of a hidden page is over. */
  readonly parkAt: number;
}

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
    parked: (now) => focus.getSnapshot() === 'suspended' || now >= parkAt,
    get parkAt() {
      return parkAt;
    },
  };
}
