// Frames of WebSocket as our server makes them: their bytes, how often they are made, and what comes between and behind them.

import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSocketFrames, socketFrame } from '../../src/server/node/socket-frames.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { createSessionName } from './server/rooms-peer.js';
import { connect, type Started, start } from './server/support.js';

interface Frame {
  readonly first: number;
  readonly body: Buffer;
}
const [TEXT, BYTES, CLOSE, PING, PONG] = [0x81, 0x82, 0x88, 0x89, 0x8a];

/** As RFC 6455 §5.2 has it. Throws where something is left over. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const [first, short] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + head + length > bytes.length) throw new Error('half a frame');
    frames.push({ first, body: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return frames;
}
/** A control frame as a client masks it: with zeros, so that it reads as it is. */
const control = (first: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, 0x80 | body.length, 0, 0, 0, 0]), body]);

/** A WebSocket without ws, with its end on the server. */
async function openByHand(server: Started, query: string) {
  let far: Duplex | undefined;
  server.http.once('upgrade', (_request, socket: Duplex) => (far = socket));
  const { hostname, port, pathname, search } = new URL(server.at(query));
  const socket = tcpConnect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  const upgrade =
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==';
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n\r\n`);
  await once(socket, 'readable');
  let pieces: Buffer[] = [];
  const [head = ''] = String(socket.read()).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  socket.on('data', (piece: Buffer) => void pieces.push(piece));
  const closed = once(socket, 'close');
  const bytes = (): Buffer => {
    const all = Buffer.concat(pieces);
    pieces = [all];
    return all;
  };
  return { socket, far: far!, bytes, frames: () => framesIn(bytes()), closed };
}

const textOf = (bytes: number): string => 'x'.repeat(bytes);

describe('a frame', () => {
  it.each<[number, readonly number[]]>([
    [0, [0]],
    [1, [1]],
    [125, [125]],
    [126, [126, 0, 126]],
    [65_535, [126, 255, 255]],
    [65_536, [127, 0, 0, 0, 0, 0, 1, 0, 0]],
    [2 ** 20, [127, 0, 0, 0, 0, 0, 16, 0, 0]],
  ])('of %d bytes says its length as the protocol has it', (length, head) => {
    const text = socketFrame(textOf(length));
    expect([...text.subarray(0, head.length + 1)]).toEqual([TEXT, ...head]);
    expect(text.subarray(head.length + 1).toString()).toBe(textOf(length));
    const bytes = socketFrame(new Uint8Array(length).fill(7));
    expect([...bytes.subarray(0, head.length + 1)]).toEqual([BYTES, ...head]);
    expect(bytes.subarray(head.length + 1).equals(Buffer.alloc(length, 7))).toBe(true);
  });

  it.each(['é€😀', '😀'.repeat(32), '€'.repeat(2 ** 16), 'half of one: \ud83d'])(
    'counts bytes, not characters',
    (text) => {
      expect(framesIn(socketFrame(text))).toEqual([{ first: TEXT, body: Buffer.from(text) }]);
    },
  );
});

describe('of the same text', () => {
  it('one is made, until another comes', () => {
    const frameOf = createSocketFrames(createManualClock());
    const first = frameOf('one');
    expect(frameOf(['o', 'ne'].join(''))).toBe(first);
    expect(frameOf('two').subarray(2).toString()).toBe('two');
    const again = frameOf('one');
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('a long one is not kept beyond its turn, and what came behind it is', () => {
    const clock = createManualClock();
    const frameOf = createSocketFrames(clock);
    const long = frameOf(textOf(2 ** 17));
    expect(frameOf(textOf(2 ** 17))).toBe(long);
    clock.advance(0);
    expect(frameOf(textOf(2 ** 17))).not.toBe(long);
    const short = frameOf('short');
    clock.advance(0);
    expect(frameOf('short')).toBe(short);
    expect(clock.pending).toBe(0);
  });
});

describe('over real sockets', () => {
  const said = [1, 'é€😀', ...[2, 125, 126, 127, 65_535, 65_536, 2 ** 20].map((each) => textOf(each - 2))];
  const bytes = [0, 1, 125, 126, 65_535, 65_536].map((each) => new Uint8Array(each).fill(9));

  it('ws reads what we write, and so does who reads the bytes', async () => {
    const server = await start();
    const peer = await connect(server.at('room=x'));
    const hand = await openByHand(server, 'room=x');
    for (const each of [...said, ...bytes]) server.realtime.publish('x', each);
    for (const each of said) expect(await peer.next()).toBe(JSON.stringify(each));
    for (const each of bytes) expect(Buffer.from(each).equals((await peer.next()) as Buffer)).toBe(true);
    const wanted = Buffer.concat([
      ...said.map((each) => socketFrame(JSON.stringify(each))),
      ...bytes.map((each) => socketFrame(each)),
    ]);
    await vi.waitFor(() => expect(hand.bytes().length).toBe(wanted.length));
    expect(hand.bytes().equals(wanted)).toBe(true);
  });

  it('texts, pings, answers to pings and the close frame keep their order', async () => {
    const server = await start({ heartbeatMs: 200 });
    const hand = await openByHand(server, 'room=x');
    for (let i = 0; i < 50; i++) {
      server.realtime.publish('x', i);
      hand.socket.write(control(PING, Buffer.from(String(i))));
      const answered = () => expect(hand.frames().filter(({ first }) => first === PONG)).toHaveLength(i + 1);
      await vi.waitFor(answered, { interval: 1 });
    }
    await vi.waitFor(() => expect(hand.frames().some(({ first }) => first === PING)).toBe(true));
    const closing = server.realtime.close();
    await vi.waitFor(() => expect(hand.frames().at(-1)?.first).toBe(CLOSE));
    hand.socket.end(control(CLOSE, Buffer.from([3, 232])));
    await closing;
    const spoken = hand.frames().filter(({ first }) => first !== PING);
    expect(spoken.slice(0, -1).map(({ first, body }) => `${first}:${body.toString()}`)).toEqual(
      Array.from({ length: 50 }, (_, i) => [`${TEXT}:${i}`, `${PONG}:${i}`]).flat(),
    );
    expect(spoken.at(-1)?.body.readUInt16BE(0)).toBe(1012);
  });

  it.each(['room=x', `room=x&session=${createSessionName()}`])('nothing follows the close frame: %s', async (query) => {
    const server = await start();
    const hand = await openByHand(server, query);
    if (query.includes('session')) {
      const say = (text: string): void => {
        const head = Buffer.from([TEXT, 0xfe, 0, text.length, 0, 0, 0, 0]);
        hand.socket.write(Buffer.concat([head, Buffer.from(text)]));
      };
      const frames = [{ t: 'hello', v: 1, key: createSessionName(), n: 1 }, ...[{ t: 'join', room: 'x', join: 1 }]];
      for (const each of frames) say(JSON.stringify(each).padEnd(126));
      await vi.waitFor(() => expect(hand.bytes().toString()).toContain('"joined"'));
    }
    server.realtime.publish('x', 'before');
    await vi.waitFor(() => expect(hand.bytes().toString()).toContain('"before"'));
    // behind ws: it has just answered the close frame, and nobody has heard of the end yet
    hand.far.on('data', () => server.realtime.publish('x', 'behind'));
    hand.socket.write(control(CLOSE, Buffer.from([3, 232])));
    await hand.closed;
    expect(hand.frames().at(-1)).toEqual({ first: CLOSE, body: Buffer.from([3, 232]) });
    expect(hand.bytes().toString()).not.toContain('behind');
    expect(server.events.map(({ type }) => type)).not.toContain('invalid');
  });
});
