// Time and cancellation, handed in. The only file that touches the timers and clocks of the platform.

export type Cancel = () => void;

/** Time as the engine sees it; pass your own to run everything on a manual clock. */
export interface Clock {
  /** Milliseconds that never run backwards: durations and deadlines are measured with this. */
  now(): number;
  /** Milliseconds since 1970: only for moments shown to people (`receivedAt`, `nextAttemptAt`). */
  wallNow(): number;
  /** Runs `run` once after `ms`; any number is legal: negative means soon, huge ones are clamped. */
  after(ms: number, run: () => void): Cancel;
}

/** The largest delay that timers take before they overflow and fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The platform's clock. Timers do not keep a Node process alive. */
export const systemClock: Clock = {
  now: () => (typeof performance === 'object' ? performance.now() : Date.now()),
  wallNow: () => Date.now(),
  after(ms, run) {
    // read the global late, so that fake timers installed afterwards work
    const timer: unknown = setTimeout(run, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};

/** A date in words as milliseconds since 1970; NaN where it is none. */
export function wallTimeOf(date: string): number {
  return Date.parse(date);
}

/** A moment of `wallNow()`, for those who take no number. */
export const dateAt = (wallMs: number): Date => new Date(wallMs);
