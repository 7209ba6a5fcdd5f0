// Counts the timers, frames and listeners that a page holds. Must be loaded before everything that it is to count.

export interface Ledger {
  /** Timers and frames that are still to come. */
  readonly timers: number;
  /** Event types that window and document are listened to for, once per listener. */
  readonly listening: readonly string[];
  /** Every event type that window or document was ever listened to for. */
  readonly everHeard: readonly string[];
}

const timers = new Set<string>();
const held: { readonly target: EventTarget; readonly type: string; readonly listener: unknown }[] = [];
const everHeard = new Set<string>();

function countTimers(start: 'setTimeout' | 'requestAnimationFrame', cancel: 'clearTimeout' | 'cancelAnimationFrame') {
  const [begin, end] = [window[start] as (run: (at: number) => void, ms?: number) => number, window[cancel]];
  Object.assign(window, {
    [start]: (run: (at: number) => void, ms?: number): number => {
      const id = begin((at) => {
        timers.delete(`${start} ${id}`);
        run(at);
      }, ms);
      timers.add(`${start} ${id}`);
      return id;
    },
    [cancel]: (id: number): void => {
      timers.delete(`${start} ${id}`);
      end(id);
    },
  });
}

function countListeners(target: EventTarget): void {
  const add = target.addEventListener.bind(target);
  const remove = target.removeEventListener.bind(target);
  const find = (type: string, listener: unknown): number =>
    held.findIndex((each) => each.target === target && each.type === type && each.listener === listener);
  target.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void => {
    everHeard.add(type);
    if (find(type, listener) < 0) held.push({ target, type, listener });
    add(type, listener, options);
  };
  target.removeEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void => {
    const at = find(type, listener);
    if (at >= 0) held.splice(at, 1);
    remove(type, listener, options);
  };
}

countTimers('setTimeout', 'clearTimeout');
countTimers('requestAnimationFrame', 'cancelAnimationFrame');
countListeners(window);
countListeners(document);

export const readLedger = (): Ledger => ({
  timers: timers.size,
  listening: held.map(({ type }) => type).sort(),
  everHeard: [...everHeard].sort(),
});
