// Who speaks HTTP and WebSocket as nobody should (HC1, HC8): each with what comes of it.

import { type Socket, connect as tcpConnect } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RealtimeServerOptions } from '../../../src/server.js';
import { createSessionName, greet, overSocket } from './rooms-peer.js';
import { ask, listenTo, start } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const HANDSHAKE =
  'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

/** A socket that says what it likes. */
function dial(url: string): { readonly socket: Socket; readonly bytes: () => Buffer; readonly ended: Promise<string> } {
  const { hostname, port } = new URL(url);
  const socket = tcpConnect(Number(port), hostname);
  const pieces: Buffer[] = [];
  const bytes = (): Buffer => Buffer.concat(pieces);
  socket.on('data', (piece: Buffer) => void pieces.push(piece)).on('error', () => {}); // a cut
  onTestFinished(() => void socket.destroy());
  return { socket, bytes, ended: new Promise((done) => socket.once('close', () => done(bytes().toString('latin1')))) };
}

/** A frame as a client masks it: with zeros, so that it reads as it is. */
function frameOf(opcode: number, payload: Buffer, { fin = true, rsv1 = false } = {}): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const length = payload.length;
  const head = length < 126 ? [first, 0x80 | length] : [first, 0x80 | 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** A WebSocket by hand, open. */
async function openByHand(url: string, headers = '') {
  const far = dial(url);
  const { pathname, search } = new URL(url);
  far.socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\n${HANDSHAKE}${headers}\r\n`);
  await vi.waitFor(() => expect(far.bytes().toString('latin1')).toContain('\r\n\r\n'));
  const head = far.bytes().toString('latin1');
  return { ...far, head };
}
/** The code of the close frame that a server said last. */
const codeIn = (bytes: Buffer): number => {
  const at = bytes.lastIndexOf(0x88);
  return at < 0 ? 1006 : bytes.readUInt16BE(at + 2);
};
const rss = (): number => process.memoryUsage().rss / 2 ** 20;

/** Whoever does what, another goes on beside it. */
async function withBystander(options: RealtimeServerOptions, attack: (at: (query: string) => string) => Promise<void>) {
  const server = await start(options);
  const anna = await overSocket(server);
  await greet(anna, 'anna');
  await anna.say({ t: 'join', room: 'a', join: 1 });
  const before = rss();
  await attack(server.at);
  await anna.say({ t: 'publish', room: 'a', id: 'm', data: 'still here' });
  expect((await anna.next('message')).data).toBe('still here');
  return { server, riseMiB: rss() - before };
}

describe('HC1: frames', () => {
  it('a message in 100,000 fragments is cut off, with the others undisturbed', async () => {
    const { riseMiB, server } = await withBystander({}, async (at) => {
      const { socket, bytes, ended } = await openByHand(at(`session=${createSessionName()}`));
      const next = frameOf(0, Buffer.from('x'), { fin: false });
      socket.write(
        Buffer.concat([frameOf(1, Buffer.from('"'), { fin: false }), ...Array.from({ length: 1e5 }, () => next)]),
      );
      await ended;
      expect([1008, 1009]).toContain(codeIn(bytes()));
    });
    expect(server.events.filter(({ type }) => type === 'invalid')).toHaveLength(1);
    expect(riseMiB).toBeLessThan(64);
  });

  it('fragments that never end are bounded by the bytes of a message', async () => {
    await withBystander({ maxMessageBytes: 10_000 }, async (at) => {
      const { socket, bytes, ended } = await openByHand(at(`session=${createSessionName()}`));
      const next = frameOf(0, Buffer.alloc(1_000, 'x'), { fin: false });
      socket.write(
        Buffer.concat([frameOf(1, Buffer.from('"'), { fin: false }), ...Array.from({ length: 100 }, () => next)]),
      );
      await ended;
      expect(codeIn(bytes())).toBe(1009);
    });
  });

  it('a compression bomb is no frame: compression is not agreed to', async () => {
    const { riseMiB } = await withBystander({}, async (at) => {
      const offer = 'sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n';
      const { socket, bytes, ended, head } = await openByHand(at(`session=${createSessionName()}`), offer);
      expect(head).toMatch(/^HTTP\/1\.1 101 /);
      expect(head.toLowerCase()).not.toContain('sec-websocket-extensions');
      socket.write(frameOf(1, deflateRawSync(Buffer.alloc(2 ** 25)).subarray(0, 60_000), { rsv1: true }));
      await ended;
      expect(codeIn(bytes())).toBe(1002);
    });
    expect(riseMiB).toBeLessThan(64);
  });

  it.each<[string, Buffer, number]>([
    ['without a mask', Buffer.from([0x81, 0x01, 0x78]), 1002],
    ['that says it has 2^62 bytes', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ['of an opcode that nobody knows', frameOf(5, Buffer.from('x')), 1002],
    ['that goes on with nothing', frameOf(0, Buffer.from('x')), 1002],
    ['of a ping in pieces', frameOf(9, Buffer.from('x'), { fin: false }), 1002],
    ['that is no UTF-8', frameOf(1, Buffer.from([0xff, 0xfe])), 1007],
  ])('a frame %s closes that wire alone', async (_, frame, code) => {
    await withBystander({}, async (at) => {
      const { socket, bytes, ended } = await openByHand(at(`session=${createSessionName()}`));
      socket.write(frame);
      await ended;
      expect(codeIn(bytes())).toBe(code);
    });
  });
});

describe('HC8: paths and headers', () => {
  it.each([
    ['/realtime/../realtime?room=x', 404],
    ['/%2e%2e/realtime?room=x', 404],
    ['//realtime?room=x', 404],
    ['/realtime%2f?room=x', 404],
    ['/realtime%00?room=x', 404],
    ['/realtime/?room=x', 404],
    ['/..%2f..%2fetc%2fpasswd', 404],
    ['http://evil.example/realtime?room=x', 200],
    ['/realtime?room=%00', 400],
    ['/realtime?room=a%0d%0aset-cookie:%20x', 400],
    ['/realtime?room=..%2f..%2fetc%2fpasswd', 200],
    ['/realtime?room=%ff%fe', 200],
    ['/realtime?room=%zz', 200],
  ])('GET %s is %i', async (path, status) => {
    const { base } = await start();
    const { socket, ended } = dial(base);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const text = await ended;
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text.toLowerCase()).not.toMatch(/set-cookie|root:/);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'])('%s is 405, and says what is not', async (method) => {
    const { at } = await start();
    for (const query of ['room=x', `session=${createSessionName()}`])
      expect(await ask(at(query), { method })).toMatchObject({ status: 405, headers: { allow: 'GET, POST, OPTIONS' } });
  });

  it('a POST that asks for an upgrade is no WebSocket', async () => {
    const { base } = await start();
    const { socket, ended } = dial(base);
    socket.write(`POST /realtime?room=x HTTP/1.1\r\nhost: x\r\n${HANDSHAKE}content-length: 0\r\n\r\n`);
    expect(await ended).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('a type, an id or a room of a client forges no event of a stream', async () => {
    const server = await start();
    const [plain, session] = [await listenTo(server.at('room=a')), server.at(`session=${createSessionName()}`)];
    const rooms = await listenTo(session);
    await ask(session, json, JSON.stringify({ t: 'hello', v: 1, key: 'key-of-a-bad-one-' }));
    await ask(session, json, JSON.stringify({ t: 'join', room: 'a', join: 1 }));
    for (const type of ['x\r\nid: 99', 'x\n\ndata: forged', 'x\0'])
      await ask(session, json, JSON.stringify({ t: 'publish', room: 'a', id: 'bad\n\ndata: forged', data: 1, type }));
    const id = 'm\r\n\r\nevent: forged\r\ndata: forged';
    await ask(
      session,
      json,
      JSON.stringify({ t: 'publish', room: 'a', id, data: 'x\n\ndata: forged', type: 'data: forged' }),
    );
    const text = `${await rooms.until('"ack"')}${await plain.until('event: data: forged')}`;
    expect(text).not.toMatch(/^data: forged|^event: forged|^id: 99/m);
    const { body } = await ask(server.at('room=a'));
    expect(JSON.parse(body)).toEqual(['x\n\ndata: forged']);
    expect(server.events.filter((event) => event.type === 'refused' && event.status === 'bad-request')).toHaveLength(3);
  });
});
