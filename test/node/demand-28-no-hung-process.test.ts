// Demand 28, in Node: what is left open keeps no process alive, and what is closed leaves nothing.

import { expect, test } from 'vitest';
import { createFeed, webSocket } from '../../src/core.js';
import { createFakeWebSocket, createScriptedTransport, refuses } from '../../src/testing.js';

/** Timers that keep the process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('waiting to try again, with a heartbeat due and lingering: the process may end', () => {
  const before = timers();
  const feeds = [
    createFeed({ transport: createScriptedTransport({ onDial: refuses(503) }), retry: () => 60_000 }),
    createFeed({
      transport: createScriptedTransport({ onDial: (wire) => wire.accept() }),
      heartbeat: { intervalMs: 60_000 },
    }),
    createFeed({ transport: createScriptedTransport() }),
  ];
  for (const feed of feeds) feed.connect();
  const lingering = createFeed({ transport: createScriptedTransport(), lingerMs: 60_000 });
  lingering.subscribe(() => {})();
  expect(timers()).toBe(before);
  for (const feed of [...feeds, lingering]) feed.close();
  expect(timers()).toBe(before);
});

test('close() lets go at once, on the platform’s own clock', () => {
  const far = createFakeWebSocket();
  const feed = createFeed({ transport: webSocket('ws://localhost/live', { WebSocket: far.WebSocket }) });
  feed.connect();
  far.last.accept();
  feed.close();
  expect(far.last.closedWith).not.toBeNull();
  expect(far.live).toBe(0);
});
