// What clients write arrives as they wrote it, on one line.

import { expect, it } from 'vitest';
import { ask, connect, listenTo, start } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

it('line breaks in what a client writes forge no event', async () => {
  const server = await start();
  const stream = await listenTo(server.at('room=x'));
  const peer = await connect(server.at('room=x'));
  peer.socket.send('{\n"a":\r\n"data: forged\\n\\nid: 7"}');
  await ask(server.at('room=x'), json, '[\n1\r]');
  const text = await stream.until('[ 1 ]');
  expect(text.split('\n').filter((line) => line.startsWith('data:'))).toEqual([
    String.raw`data: { "a": "data: forged\n\nid: 7"}`,
    'data: [ 1 ]',
  ]);
});

it('numbers keep their digits, and a message does not grow on its way', async () => {
  const server = await start({ maxMessageBytes: 1_000 });
  const peer = await connect(server.at('room=x'));
  const text = `{"id":12345678901234567890,"price":1.10,"many":[${'1e20,'.repeat(100)}1E-7]}`;
  peer.socket.send(text);
  expect(await peer.next()).toBe(text);
  await ask(server.at('room=x'), json, text);
  expect(await peer.next()).toBe(text);
  expect((await ask(server.at('room=x'))).body).toBe(`[${text},${text}]`);
});
