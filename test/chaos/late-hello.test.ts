// A hello that was given up arrives late, when the client is back over another wire: it takes nothing over.

import { expect, test } from 'vitest';
import { createRealtimeClient } from '../../src/client/realtime-client.js';
import { ladder } from '../../src/client/ladder.js';
import { seededRandom } from '../../src/testing/manual-host.js';
import { createFarEnd } from './far-end.js';
import { createChaosProxy } from './proxy.js';
import { holdFrom } from './traps.js';
import { after, until } from './until.js';
import { ROOM } from './what.js';

test.each(['sse', 'long-poll', 'poll'])('over %s', { timeout: 20_000 }, async (way) => {
  const far = await createFarEnd({ history: 10, padding: 0 });
  const proxy = await createChaosProxy(() => far.port, seededRandom(1));
  const transport = ladder(`http://127.0.0.1:${proxy.port}/realtime`, { pollIntervalMs: 20 }).find(
    ({ name }) => name === way,
  );
  if (!transport) throw new Error('no such way');
  const client = createRealtimeClient({
    transport,
    connectTimeoutMs: 300,
    retry: { minDelayMs: 1, initialDelayMs: 1 },
  });
  try {
    let isLate = false;
    proxy.trap(
      'up',
      holdFrom('"t":"hello"', () => (isLate = true)),
    );
    client.room(ROOM).subscribe(() => {});
    const isJoined = (): boolean => client.room(ROOM).getSnapshot().status === 'joined';
    await until('a second wire', isJoined);
    const id = client.getSnapshot().connectionId;
    expect(isLate).toBe(true);
    proxy.release();
    await until('the late ones', () => proxy.buffered.now === 0);
    await after(100);
    expect([client.connection.getSnapshot().status, isJoined()]).toEqual(['open', true]);
    expect(client.getSnapshot().connectionId).toBe(id);
    far.publish();
    await until('a message', () => client.room(ROOM).getSnapshot().cursor?.offset === 1);
  } finally {
    client.close();
    await proxy.close();
    await far.close();
  }
});
