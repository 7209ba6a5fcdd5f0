// The time, for what counts down on screen. Ticks only while it is asked to.

import { useEffect, useState } from 'react';

/** Milliseconds since 1970, renewed every `everyMs`; stands still while `running` is false. */
export function useNow(everyMs: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const tick = (): void => setNow(Date.now());
    const timer = setInterval(tick, everyMs);
    // a countdown that has just begun must not show the time at which the last one ended
    const first = setTimeout(tick);
    return () => {
      clearInterval(timer);
      clearTimeout(first);
    };
  }, [everyMs, running]);
  return now;
}
