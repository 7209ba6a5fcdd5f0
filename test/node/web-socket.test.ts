// webSocket over real sockets: what a double could only claim.

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { webSocket } from '../../src/transport/web-socket.js';
import { dial } from '../support/dial.js';
import { deadPort, NodeWebSocket, serve, serveSockets } from './fixtures/serve.js';

const socketTo = (host: string, binaryType: 'arraybuffer' | 'blob' = 'arraybuffer') =>
  webSocket(`http://${host}/live?x=1`, { WebSocket: NodeWebSocket, protocols: 'v1', binaryType });

test('text and bytes go both ways unchanged', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  const socket = await far.next();
  expect(far.requests[0]).toMatchObject({ url: '/live?x=1', headers: { 'sec-websocket-protocol': 'v1' } });
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  await near.until('opened');
  const texts = ['', 'line\nline\r\n\0', 'žluťoučký 🐎', 'x'.repeat(2 ** 20)];
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (const text of texts) expect(near.wire.send(text)).toBe(true);
  near.wire.send(bytes);
  await near.until('frame', 5);
  expect(near.frames).toEqual([...texts, bytes]);
  expect(near.frames[4]?.constructor.name).toBe('Uint8Array');
  near.wire.close();
});

test('blobs where they are asked for', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host, 'blob'));
  (await far.next()).send(Uint8Array.of(1, 2, 3));
  await near.until('frame');
  expect(new Uint8Array(await (near.frames[0] as Blob).arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  near.wire.close();
});

test('bufferedAmount tells what the far end does not read', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  const socket = await far.next();
  socket.pause();
  await near.until('opened');
  const size = 2 ** 23;
  near.wire.send(new Uint8Array(size));
  expect(near.wire.bufferedAmount).toBeGreaterThan(0);
  const message = once(socket, 'message');
  socket.resume();
  expect(((await message) as [Buffer])[0].length).toBe(size);
  near.wire.close();
});

test('nobody listens: refused, with the usual causes', async () => {
  const near = dial(socketTo(await deadPort()));
  await near.until('refused');
  expect(near.said).toEqual(['refused 1006']);
  expect(near.end.reason).toContain('is the server up');
});

test.each([200, 301, 401, 404, 503])('an upgrade that is answered with %i: refused, once', async (status) => {
  const far = await serve((_, response) => response.writeHead(status, { location: '/' }).end());
  const near = dial(socketTo(far.host));
  await near.until('refused');
  expect(near.said).toEqual(['refused 1006']);
  expect(far.requests).toHaveLength(1);
});

test('the far end closes: its code and its words', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  (await far.next()).close(1012, 'restart');
  await near.until('lost');
  expect(near.said).toEqual(['opened', 'lost 1012']);
  expect(near.end.reason).toBe('restart');
});

test('the far end vanishes: lost with 1006', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  const socket = await far.next();
  await near.until('opened');
  socket.terminate();
  await near.until('lost');
  expect(near.said).toEqual(['opened', 'lost 1006']);
});

test('invalid UTF-8 is closed by the platform: no frame, one end', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  const socket = await far.next();
  socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  const [code] = (await once(socket, 'close')) as [number];
  await near.until('lost');
  expect(code).toBe(1007);
  expect(near.said).toHaveLength(2);
});

test('letting go reaches the far end with code and reason, and nothing is heard afterwards', async () => {
  const far = await serveSockets();
  const near = dial(socketTo(far.host));
  const socket = await far.next();
  await near.until('opened');
  near.wire.close(4000, 'bye');
  socket.send('late');
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4000, 'bye']);
  expect(near.said).toEqual(['opened']);
});

test('letting go during the handshake: it is completed, then closed', async () => {
  const held: (() => void)[] = [];
  const far = await serveSockets((proceed) => held.push(proceed));
  const near = dial(socketTo(far.host));
  near.wire.close(4000, 'bye');
  await far.asked();
  for (const proceed of held) proceed();
  const [code] = (await once(await far.next(), 'close')) as [number];
  expect(code).toBe(4000);
  expect(near.said).toEqual([]);
});
