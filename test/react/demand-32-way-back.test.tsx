// Demand 32: from WebSocket down to what gets through, and back up, as a component sees it: which way, why, and no message lost.

import { act, render } from '@testing-library/react';
import { memo, type ReactNode } from 'react';
import { expect, test } from 'vitest';
import { createRealtimeClient, RealtimeProvider, useConnection, useRoom } from '../../src/index.js';
import { createFakeServer, createManualClock, createManualHost } from '../../src/testing.js';
import type { Transport } from '../../src/transport/transport.js';

test('the transport in use and why not a better one; back up after a while: nothing lost, doubled or shown as broken', async () => {
  const host = { ...createManualHost(), random: () => 0.5 };
  const there = createManualClock(); // the server's own
  const server = createFakeServer({ clock: there });
  let blocked = true;
  const way = (name: string, isBlocked: () => boolean): Transport => ({
    name,
    renewable: false,
    dial(sink, dial) {
      if (!isBlocked()) return server.transport.dial(sink, dial);
      const cancel = host.clock.after(1, () => sink.ended({ why: 'refused', code: 1006, reason: '?token=secret' }));
      return { send: () => false, bufferedAmount: 0, close: cancel };
    },
  });
  const client = createRealtimeClient({
    transport: [way('websocket', () => blocked), way('sse', () => false)],
    host,
    flush: 'microtask',
    heartbeat: false,
  });
  const other = createRealtimeClient({ transport: server.transport, host, flush: 'microtask', heartbeat: false });
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10)
      await act(async () => {
        there.advance(10);
        host.clock.advance(10);
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      });
  };

  const statuses: string[] = [];
  let renders = 0;
  const Connection = memo(function Connection(): ReactNode {
    const { status, transport, skipped } = useConnection();
    renders++;
    statuses.push(status);
    return <i title={skipped.map((each) => `${each.transport}: ${each.why}`).join()}>{transport}</i>;
  });
  const calls: unknown[] = [];
  function Room(): ReactNode {
    const { messages } = useRoom<number>('a', { onMessage: ({ data }) => void calls.push(data) });
    return messages.map(({ data }) => data).join();
  }
  const { container, unmount } = render(
    <RealtimeProvider client={client}>
      <Connection />
      <p>
        <Room />
      </p>
    </RealtimeProvider>,
  );
  const shown = (): readonly (string | null | undefined)[] => {
    const line = container.querySelector('i');
    return [line?.textContent, line?.title];
  };

  other.room('a').subscribe(() => {});
  await advance(200);
  expect(shown()).toEqual(['sse', 'websocket: refused (1006)']);
  const before = renders;
  let n = 0;
  const talk = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      other.room<number>('a').send(++n);
      client.room<number>('a').send(++n);
      await advance(100);
    }
  };
  await talk(3);
  await advance(31_000); // a probe, in vain
  expect(shown()).toEqual(['sse', 'websocket: refused (1006)']);
  expect(renders).toBe(before);

  blocked = false;
  await advance(55_000);
  await talk(80);
  expect(shown()).toEqual(['websocket', '']);
  const all = Array.from({ length: n }, (_, index) => index + 1);
  expect(container.querySelector('p')?.textContent).toBe(all.slice(-100).join());
  expect(calls).toEqual(all);
  expect(statuses.filter((status) => !['idle', 'connecting', 'open'].includes(status))).toEqual([]);
  expect(renders).toBe(before + 1);
  expect(server.wires).toBe(2);
  unmount();
  other.close();
  await advance(1_000);
  expect([host.clock.pending, host.watchers]).toEqual([0, 0]);
});
