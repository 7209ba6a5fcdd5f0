// Work that takes React more than one slice, and what happens in the middle of it. No components.

/** Keeps the processor busy: a component that is slow to render. Its argument is what makes it needed again. */
export function slow(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** In a task of its own, after those that wait already. */
export function inNextTask(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(null);
}

const frame = (): Promise<void> => new Promise((resolve) => void requestAnimationFrame(() => resolve()));

export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within 15 s: ${what}`);
    await frame();
  }
}

export interface Work {
  /** A reader renders for this turn. */
  rendered(turn: number): void;
  /** From now on rendering `turn` is the work, and these come in the middle of it: at the nth render of a reader. */
  begin(turn: number, interruptions: readonly (readonly [at: number, run: () => void])[]): void;
  /** Nothing of that is still to come. */
  readonly isIdle: boolean;
}

/** What is in the middle of a render comes as a task of its own, as a frame of a socket does, never inside a render. */
export function createWork(): Work {
  let target = -1;
  let renders = 0;
  let pending: readonly (readonly [at: number, run: () => void])[] = [];
  let posted = 0;
  return {
    rendered(turn) {
      if (turn !== target) return;
      renders++;
      for (const [at, run] of pending) {
        if (at !== renders) continue;
        posted++;
        inNextTask(() => {
          posted--;
          run();
        });
      }
    },
    begin(turn, interruptions) {
      target = turn;
      renders = 0;
      pending = interruptions;
    },
    get isIdle() {
      return posted === 0;
    },
  };
}
