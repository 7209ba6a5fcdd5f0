// A page without a browser for the benches: jsdom, React's production build, a WebSocket driven by hand.

import { JSDOM } from 'jsdom';

process.env.NODE_ENV = 'production';
const { window } = new JSDOM('<div id="root"></div>', { pretendToBeVisual: true, url: 'http://localhost/' });
const frames = new Set();
Object.assign(globalThis, {
  window,
  document: window.document,
  requestAnimationFrame: (run) => {
    frames.add(run);
    return run;
  },
  cancelAnimationFrame: (run) => frames.delete(run),
});

/** What is still bound or set, by patching the page before anything of ours runs. */
export const left = { timers: 0, listeners: 0 };
for (const target of [globalThis, window.document])
  for (const [name, step] of [
    ['addEventListener', 1],
    ['removeEventListener', -1],
  ]) {
    const original = target[name]?.bind(target);
    target[name] = (...args) => {
      left.listeners += step;
      return original?.(...args);
    };
  }
const live = new Set();
const { setTimeout: set, clearTimeout: clear } = globalThis;
globalThis.setTimeout = (run, ms, ...args) => {
  const timer = set(() => {
    live.delete(timer);
    run(...args);
  }, ms);
  live.add(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => {
  live.delete(timer);
  clear(timer);
};
export const pendingTimers = () => live.size;

/** Every requested frame now. */
export function paint() {
  const round = [...frames];
  frames.clear();
  for (const run of round) run(0);
}

export class HandSocket {
  static all = [];
  static open = 0;
  readyState = 0;
  bufferedAmount = 0;
  constructor() {
    HandSocket.all.push(this);
    HandSocket.open++;
  }
  accept() {
    this.readyState = 1;
    this.onopen?.({});
  }
  message(data) {
    this.onmessage?.({ data });
  }
  send() {}
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    HandSocket.open--;
  }
}

/** Long enough for React to render, commit and run its effects, which it spreads over tasks. */
export async function settle() {
  for (let round = 0; round < 4; round++) await new Promise((resolve) => setImmediate(resolve));
}
export const wait = (ms) => new Promise((resolve) => set(resolve, ms));
