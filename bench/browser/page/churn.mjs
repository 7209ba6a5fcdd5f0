// Mounts a contender and unmounts it, many times; counts the wires that it asks the platform for. Judges nothing.

import { createElement } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

let constructed = 0;

/** From now on. The names that wires have: a page asks for one with `new`, or with a fetch of an event stream. */
export function countWires() {
  for (const name of ['WebSocket', 'EventSource'])
    globalThis[name] = class extends globalThis[name] {
      constructor(...args) {
        super(...args);
        constructed++;
      }
    };
  const { fetch } = globalThis;
  globalThis.fetch = (...args) => {
    if (String(args[0]?.url ?? args[0]).includes('/sse')) constructed++;
    return fetch(...args);
  };
}

const OPENED = 50;
const OPEN_MS = 60;
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const alone = ({ children }) => children;

/**
 * `cycles` mounts in the page; the first ones last until their wire is open. `keeper`: another user stays mounted meanwhile. Where a
 * contender exports `Around` and `Coming`, the one stays and the other comes and goes.
 */
export const churnOf =
  ({ Stream, Coming = Stream, Around = alone }, props, root) =>
  async ({ cycles, keeper }) => {
    const page = createRoot(root.appendChild(document.createElement('div')));
    const show = (cycle) =>
      flushSync(() =>
        page.render(
          createElement(
            Around,
            null,
            keeper && createElement(Coming, { ...props, key: 'keeper' }),
            cycle !== undefined && createElement(Coming, { ...props, key: cycle }),
          ),
        ),
      );
    const before = constructed;
    show();
    if (keeper) await wait(500);
    const startedAt = performance.now();
    for (let cycle = 0; cycle < cycles; cycle++) {
      show(cycle);
      await (cycle < OPENED ? wait(OPEN_MS) : turn());
      show();
      await turn();
    }
    const ms = performance.now() - startedAt;
    page.unmount();
    root.replaceChildren();
    return { ms, constructed: constructed - before };
  };
