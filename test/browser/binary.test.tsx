// Binary both ways over the browser's own WebSocket, against the real server.

import { renderHook, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { expect, inject, it } from 'vitest';
import { type Codec, type Delivery, useWebSocket, type UseWebSocketOptions } from '../../src/index.js';

const origin = inject('origin');

function talk<In, Out>(room: string, options: UseWebSocketOptions<In, Out>) {
  const heard: In[] = [];
  const { result } = renderHook(
    () =>
      useWebSocket<In, Out>(`${origin}/realtime?room=${room}`, {
        ...options,
        onMessage: ({ data }) => void heard.push(data),
      }),
    { wrapper: StrictMode },
  );
  return { heard, send: (data: Out): Delivery => result.current.send(data), status: () => result.current.status };
}

const everyByte = Uint8Array.from({ length: 256 }, (_, n) => n);
const large = new Uint8Array(300_000).fill(7);

it("sends and receives bytes with codec: 'bytes'", async () => {
  const { heard, send, status } = talk<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>('bytes', { codec: 'bytes' });
  await waitFor(() => expect(status()).toBe('open'));
  // a view into the middle of a larger buffer: only the view may travel
  const view = new Uint8Array(everyByte.buffer, 250, 3);
  for (const frame of [everyByte, view, new Uint8Array(0), large]) expect(send(frame).verdict).toBe('sent');
  await waitFor(() => expect(heard).toHaveLength(4));
  expect(heard).toEqual([everyByte, Uint8Array.of(250, 251, 252), new Uint8Array(0), large]);
  expect(heard.every((frame) => frame instanceof Uint8Array)).toBe(true);
});

it("hands out Blobs with binaryType: 'blob' and a codec of one's own, in order with text", async () => {
  const codec: Codec<Blob | string, Uint8Array<ArrayBuffer> | string> = {
    name: 'blobs',
    encode: (value) => value,
    decode(frame) {
      if (frame instanceof Uint8Array) throw new Error('not asked for');
      return frame;
    },
  };
  const { heard, send, status } = talk('blobs', { codec, binaryType: 'blob' });
  await waitFor(() => expect(status()).toBe('open'));
  send(everyByte);
  send('"text"');
  send(large);
  await waitFor(() => expect(heard).toHaveLength(3));
  const [first, second, third] = heard;
  expect([first, second, third].map((frame) => (frame instanceof Blob ? frame.size : frame))).toEqual([
    256,
    '"text"',
    300_000,
  ]);
  const bytes = await (first as Blob).arrayBuffer();
  expect(new Uint8Array(bytes)).toEqual(everyByte);
});
