// What the page had to do in the last second, counted from the outside. No React.

export interface Figures {
  /** All per second, but the longest task. */
  readonly messages: number;
  readonly commits: number;
  readonly renders: number;
  readonly frames: number;
  /** In ms, of the last seconds; 0: none took 50 ms, below which a browser tells of none. */
  readonly longestTask: number;
}

export interface Meter {
  readonly committed: () => void;
  readonly rendered: () => void;
  /** The figures since the time before; to be asked twice a second or so. */
  readonly read: (delivered: number) => Figures;
  /** Begins to count frames and tasks; returns the end. */
  readonly run: () => () => void;
}

const TASKS_KEPT_MS = 3_000;

export function createMeter(): Meter {
  let [commits, renders, frames] = [0, 0, 0];
  let before = { at: performance.now(), delivered: 0 };
  let tasks: readonly { readonly at: number; readonly ms: number }[] = [];
  return {
    committed: () => void commits++,
    rendered: () => void renders++,
    read(delivered) {
      const at = performance.now();
      const perSecond = (count: number): number => Math.round(count / Math.max(0.001, (at - before.at) / 1_000));
      tasks = tasks.filter((task) => at - task.at < TASKS_KEPT_MS);
      const figures = {
        messages: perSecond(delivered - before.delivered),
        commits: perSecond(commits),
        renders: perSecond(renders),
        frames: perSecond(frames),
        longestTask: Math.round(Math.max(0, ...tasks.map(({ ms }) => ms))),
      };
      before = { at, delivered };
      [commits, renders, frames] = [0, 0, 0];
      return figures;
    },
    run() {
      let frame = requestAnimationFrame(function count() {
        frames++;
        frame = requestAnimationFrame(count);
      });
      const observer = new PerformanceObserver((list) => {
        tasks = [...tasks, ...list.getEntries().map(({ startTime, duration }) => ({ at: startTime, ms: duration }))];
      });
      observer.observe({ type: 'longtask' });
      return () => {
        cancelAnimationFrame(frame);
        observer.disconnect();
      };
    },
  };
}
