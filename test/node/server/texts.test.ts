// What clients write arrives as they wrote it, on one line.

import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readBody } from '../../../src/server/node/read-json.js';
import { ask, connect, listenTo, start } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

it.each<[string, Buffer, number]>([
  ['that is no UTF-8', Buffer.from([0x22, 0xff, 0xe2, 0x82, 0x22]), 400],
  ['with a byte order mark', Buffer.from('\ufeff"é"'), 202],
  ['in UTF-16', Buffer.from('"é"', 'utf16le'), 400],
])('a body %s', async (_, body, status) => {
  const server = await start();
  expect((await ask(server.at('room=x'), json, body)).status).toBe(status);
  expect((await ask(server.at('room=x'))).body).toBe(status === 202 ? '["é"]' : '[]');
});

it('a body comes in pieces of any size', async () => {
  const request = new PassThrough();
  const body = readBody(request as unknown as IncomingMessage, 5_000, 30_000);
  const text = 'aé€😀'.repeat(500);
  for (const byte of Buffer.from(text)) request.write(Buffer.from([byte]));
  request.end();
  expect(await body).toBe(text);
});

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

it('`__proto__` is data, in bodies, queries and room names', async () => {
  const server = await start();
  expect((await ask(server.at('room=__proto__'), json, '{"__proto__":{"polluted":1}}')).status).toBe(202);
  expect((await ask(server.at('room=__proto__&__proto__=1'))).body).toBe('[{"__proto__":{"polluted":1}}]');
  expect({}).not.toHaveProperty('polluted');
});
