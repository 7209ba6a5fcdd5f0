// What goes out over WebSockets, with a socket that does what the test says: who is taken for alive, and who waits for whom.

import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { settingsOf } from '../../src/server/node/options.js';
import { createSocketExits } from '../../src/server/node/socket-exit.js';
import type { Context } from '../../src/server/node/visit.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup({ extensions = '', maxBufferedBytes = 1_000 } = {}) {
  const said: string[] = [];
  const note = (what: string) => () => void said.push(what);
  const socket = Object.assign(new EventEmitter(), {
    ...{ extensions, OPEN: 1, readyState: 1, bufferedAmount: 0, isPaused: false },
    ...{ ping: note('ping'), resume: note('resume'), terminate: note('terminate') },
    pong: (data: Buffer) => void said.push(`pong ${data.toString()}`),
    close: (code: number) => void said.push(`close ${code}`),
  });
  const taken: (() => void)[] = [];
  const stream = {
    write(frame: Buffer, done?: () => void) {
      socket.bufferedAmount += frame.length;
      if (done) taken.push(done);
    },
  };
  let end = async (): Promise<void> => {};
  const context = {
    settings: settingsOf({ heartbeatMs: 100, maxBufferedBytes }),
    emit: ({ type }: { readonly type: string }) => void said.push(type),
    atClose: (run: typeof end) => ((end = run), () => {}),
  };
  const exits = createSocketExits<object>(context as unknown as Context, {
    roomOf: () => null,
    message: note('message'),
    close: (exit, code, reason) => void exits.hangUp(exit, code, reason),
    closed: note('closed'),
  });
  const open = () => exits.open(socket as never, stream as never);
  onTestFinished(() => void socket.emit('close', 1000));
  return { said, socket, taken, exits, open, end: () => end() };
}

it('who answers no ping and reads nothing is cut', () => {
  const { said, socket, open } = setup();
  open();
  socket.bufferedAmount = 500;
  vi.advanceTimersByTime(100);
  expect(said).toEqual(['connected', 'ping']);
  vi.advanceTimersByTime(100);
  expect(said).toEqual(['connected', 'ping', 'terminate']);
});

it('who reads what stands before the ping lives, and so does who says anything', () => {
  const { said, socket, open } = setup();
  open();
  for (const waiting of [500, 400, 300]) {
    socket.bufferedAmount = waiting;
    vi.advanceTimersByTime(100);
  }
  for (const event of ['pong', 'message', 'ping']) {
    socket.emit(event, Buffer.from('x'));
    vi.advanceTimersByTime(100);
  }
  expect(said.filter((each) => each === 'ping')).toHaveLength(6);
  expect(said).not.toContain('terminate');
});

it('one that was not read for long has the whole time to answer when it is read again', () => {
  const { said, socket, exits, open } = setup();
  const exit = open();
  socket.isPaused = true;
  vi.advanceTimersByTime(399);
  // what it said meanwhile comes in this turn of the event loop, behind the timers
  exits.resume(exit);
  socket.isPaused = false;
  vi.advanceTimersByTime(100);
  expect(said).toEqual(['connected', 'ping', 'ping', 'ping', 'resume', 'ping']);
  vi.advanceTimersByTime(1);
  expect(said.at(-1)).toBe('terminate');
});

it('a ping and the answer to one pass the guard against who does not read', () => {
  for (const act of [
    (socket: EventEmitter) => socket.emit('ping', Buffer.from('x')),
    () => vi.advanceTimersByTime(100),
  ]) {
    const { said, socket, open } = setup();
    open();
    socket.bufferedAmount = 1_001;
    act(socket);
    expect(said).toEqual(['connected', 'slow', 'close 1013']);
  }
});

it('who waits until something is read hears of it, and when nothing is read any more', async () => {
  const { socket, taken, exits, open } = setup();
  const exit = open();
  exits.send(exit, 'x'.repeat(400));
  expect(exits.below(exit, 500)).toBeUndefined();
  exits.send(exit, 'x'.repeat(400));
  const heard: string[] = [];
  const waits = [300, 600].map((bytes) => exits.below(exit, bytes)?.then(() => heard.push(String(bytes))));
  socket.bufferedAmount = 450;
  for (const done of taken) done();
  await waits[1];
  expect(heard).toEqual(['600']);
  void exits.hangUp(exit, 1000, '');
  await waits[0];
  expect(exits.below(exit, 0)).toBeUndefined();
});

it('who waits behind what nobody looks at, as answers to pings, hears of it with the next beat', async () => {
  const { socket, exits, open } = setup();
  const exit = open();
  socket.bufferedAmount = 800;
  const wait = exits.below(exit, 500);
  expect(wait).toBeDefined();
  socket.bufferedAmount = 0;
  vi.advanceTimersByTime(100);
  await wait;
});

it('a small frame to who reads at once is not waited for', () => {
  const { taken, exits, open } = setup();
  const exit = open();
  exits.send(exit, 'small');
  expect(taken).toHaveLength(0);
  exits.send(exit, 'behind another');
  expect(taken).toHaveLength(1);
});

it('who does not go is cut, and the end of the server waits for that', async () => {
  const { said, open, end } = setup();
  open();
  const ended = vi.fn();
  void end().then(ended);
  expect(said).toEqual(['connected', 'close 1012']);
  await vi.advanceTimersByTimeAsync(900);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(said).toContain('terminate');
  expect(ended).toHaveBeenCalled();
});

it('nothing is left of one that is closed', () => {
  const { said, socket, exits, open } = setup();
  const exit = open();
  socket.emit('close', 1000);
  exits.send(exit, 'late');
  expect(said).toEqual(['connected', 'closed']);
  expect([socket.bufferedAmount, vi.getTimerCount()]).toEqual([0, 0]);
});

it('one that may hold messages back is not taken', () => {
  const { open } = setup({ extensions: 'permessage-deflate' });
  expect(open).toThrow(/permessage-deflate/);
});
