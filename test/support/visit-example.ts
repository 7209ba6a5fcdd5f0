// What each example server must do: answer for the application, and let people talk in a room whichever way they come. Starts none.

import { expect } from 'vitest';
import { ask, connect, listenTo, type Peer } from '../node/server/support.js';

export interface Visit {
  readonly socket: Peer;
  readonly stream: Awaited<ReturnType<typeof listenTo>>;
}

export interface Application {
  /** Where the application answers for itself, and with what. */
  readonly page: string;
  readonly says: string;
  /** Does `POST /orders` publish? */
  readonly takesOrders: boolean;
}

/** Ends with two readers who are still there. */
export async function visitExample(base: string, { page, says, takesOrders }: Application): Promise<Visit> {
  const answer = await ask(`${base}${page}`);
  expect([answer.status, answer.body]).toEqual([200, expect.stringContaining(says)]);

  const url = `${base}/realtime?room=orders`;
  const socket = await connect(url);
  const stream = await listenTo(url);
  await stream.until('id: ');
  socket.socket.send('{"from":"a WebSocket"}');
  await stream.until('data: {"from":"a WebSocket"}');
  expect(await socket.next()).toBe('{"from":"a WebSocket"}');
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  expect((await ask(url, json, '{"from":"a POST"}')).status).toBe(202);
  await stream.until('data: {"from":"a POST"}');
  expect(await socket.next()).toBe('{"from":"a POST"}');
  if (takesOrders) {
    expect((await ask(`${base}/orders`, { method: 'POST' })).status).toBe(201);
    await stream.until('data: {"placed":true}');
    expect(await socket.next()).toBe('{"placed":true}');
  }
  return { socket, stream };
}
