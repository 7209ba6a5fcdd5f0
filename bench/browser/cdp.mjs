// The DevTools protocol over a bare WebSocket. Knows its framing, and none of its domains.

import { WebSocket } from 'ws';

export async function connectCdp(address) {
  const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 2 ** 30 });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const asked = new Map();
  let number = 0;
  socket.on('message', (text) => {
    const { id, result, error } = JSON.parse(text);
    const waiter = asked.get(id);
    asked.delete(id);
    if (error) waiter?.reject(new Error(`${waiter.method}: ${error.message}`));
    else waiter?.resolve(result);
  });
  socket.on('close', () => {
    for (const { reject, method } of asked.values()) reject(new Error(`${method}: Chromium is gone`));
  });
  return {
    send(method, params = {}, sessionId) {
      return new Promise((resolve, reject) => {
        asked.set(++number, { resolve, reject, method });
        socket.send(JSON.stringify({ id: number, method, params, sessionId }));
      });
    },
    close: () => socket.close(),
  };
}
