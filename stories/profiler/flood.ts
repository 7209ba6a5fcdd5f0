// Messages by a dial, from a socket without a network, each in a task of its own as a browser gives them. No React.

import type { UseWebSocketOptions } from '../../src/index.js';
import { createFakeWebSocket } from '../../src/testing/fake-web-socket.js';

export interface Tick {
  readonly n: number;
}

export interface Flood {
  /** Of its own: links are shared by their address, and one flood is no other. */
  readonly address: string;
  /** For the hook's option: every socket of it is flooded. */
  readonly WebSocket: NonNullable<UseWebSocketOptions['WebSocket']>;
  /** The same messages for those that have no socket. */
  readonly listen: (hear: (tick: Tick) => void) => () => void;
  /** How many have been delivered. */
  readonly delivered: () => number;
  readonly setRate: (perSecond: number) => void;
  /** Begins; returns the end. */
  readonly run: () => () => void;
}

/** What a busy page does not get round to within this time is not made up for, or it would never be reached again. */
const PATIENCE_MS = 100;

let floods = 0;

export function createFlood(): Flood {
  const far = createFakeWebSocket((socket) => socket.accept());
  const ears = new Set<(tick: Tick) => void>();
  let perSecond = 0;
  let n = 0;

  const say = (): void => {
    n++;
    const tick: Tick = { n };
    for (const hear of ears) hear(tick);
    const frame = JSON.stringify(tick);
    for (const socket of far.sockets) socket.message(frame);
  };

  return {
    address: `ws://flood.invalid/${floods++}`,
    WebSocket: far.WebSocket,
    listen(hear) {
      ears.add(hear);
      return () => void ears.delete(hear);
    },
    delivered: () => n,
    setRate: (rate) => void (perSecond = rate),
    run() {
      let since = performance.now();
      let due = 0;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        if (due < 1) return;
        due--;
        say();
        port2.postMessage(null);
      };
      const timer = setInterval(() => {
        const now = performance.now();
        const waiting = due >= 1;
        due = Math.min(due + ((now - since) / 1_000) * perSecond, (PATIENCE_MS / 1_000) * perSecond);
        since = now;
        if (!waiting && due >= 1) port2.postMessage(null);
      }, 4);
      return () => {
        clearInterval(timer);
        port1.close();
      };
    },
  };
}
