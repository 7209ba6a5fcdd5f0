// The proxy itself, against plain sockets: what it injects is what was asked for, and nothing is left of it.

import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/manual-host.js';
import { PIPE_LIMIT } from './pipe.js';
import { type ChaosProxy, createChaosProxy } from './proxy.js';
import { atByte, holdFrom, insideFrame, insideNext } from './traps.js';
import { until } from './until.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

interface End {
  readonly socket: Socket;
  readonly heard: Buffer[];
  readonly text: () => string;
  /** `ended`, then reset, counts as ended. */
  how: 'open' | 'ended' | 'reset' | 'closed';
}

function watched(socket: Socket): End {
  const heard: Buffer[] = [];
  const end: End = { socket, heard, text: () => Buffer.concat(heard).toString('latin1'), how: 'open' };
  socket.on('data', (bytes) => void heard.push(bytes));
  socket.on('end', () => void (end.how = 'ended'));
  socket.on('error', () => void (end.how = end.how === 'open' ? 'reset' : end.how));
  socket.on('close', () => void (end.how = end.how === 'open' ? 'closed' : end.how));
  return end;
}

interface Stage {
  readonly proxy: ChaosProxy;
  readonly fars: End[];
  /** A client, and what the far end has of it. */
  pair(): Promise<readonly [near: End, far: End]>;
  near(): Promise<End>;
}

async function stage(): Promise<Stage> {
  const fars: End[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => void fars.push(watched(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await createChaosProxy(() => (server.address() as { port: number }).port, seededRandom(1));
  const nears: Socket[] = [];
  const near = async (): Promise<End> => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    nears.push(socket);
    const end = watched(socket);
    await until('a connection', () => !socket.connecting);
    return end;
  };
  undo.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => {
      for (const each of [...nears, ...fars.map(({ socket }) => socket)]) each.destroy();
    },
    () => proxy.close(),
  );
  return {
    proxy,
    fars,
    near,
    async pair() {
      const before = fars.length;
      const end = await near();
      await until('the far end', () => fars.length > before);
      return [end, fars[before] as End];
    },
  };
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz'.repeat(40);

test('passes bytes unchanged, and ends politely where both do', async () => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  near.socket.end(alphabet);
  await until('all of it', () => far.how === 'ended');
  expect(far.text()).toBe(alphabet);
  far.socket.end('bye');
  await until('the answer', () => near.how === 'ended');
  expect(near.text()).toBe('bye');
  await until('no link', () => proxy.links === 0);
  expect(proxy.bytes).toEqual({ up: alphabet.length, down: 3 });
});

test('delay and jitter: late, and in order', async () => {
  const { proxy, pair } = await stage();
  proxy.set({ delayMs: 40, jitterMs: 30 });
  const [near, far] = await pair();
  const started = performance.now();
  for (let index = 0; index < 100; index++) near.socket.write(`${index},`);
  await until('all of it', () => far.text().endsWith('99,'));
  expect(performance.now() - started).toBeGreaterThanOrEqual(39);
  expect(far.text()).toBe(Array.from({ length: 100 }, (_, index) => `${index},`).join(''));
});

test('slices of 1 to 7 bytes', async () => {
  const { proxy, pair } = await stage();
  proxy.set({ sliceBytes: 7 });
  const [near, far] = await pair();
  near.socket.write(alphabet);
  await until('all of it', () => far.text().length === alphabet.length);
  expect(far.text()).toBe(alphabet);
  expect(proxy.counts.slice).toBeGreaterThanOrEqual(alphabet.length / 7);
  expect(Math.max(...far.heard.map(({ length }) => length))).toBeLessThan(200); // some are read together
});

test('a rate, and no more kept than the limit', async () => {
  const { proxy, pair } = await stage();
  proxy.set({ bytesPerSecond: 20_000 });
  const [near, far] = await pair();
  near.socket.write(Buffer.alloc(8 * PIPE_LIMIT)); // more than every kernel buffer
  const started = performance.now();
  await until('10 kB', () => far.text().length >= 10_000);
  expect(performance.now() - started).toBeGreaterThan(400);
  expect(proxy.buffered.peak).toBeLessThanOrEqual(PIPE_LIMIT + 64 * 1024);
});

test.each(['rst', 'fin'] as const)('cut by %s', async (how) => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  expect(proxy.cut(how)).toBe(1);
  const wanted = how === 'rst' ? 'reset' : 'ended';
  await until('both know', () => near.how === wanted && far.how === wanted);
  expect(proxy.counts[how]).toBe(1);
});

test.each([0, 1, 7, 99, 100, 101])('cut at byte %i', async (count) => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  proxy.trap('down', atByte(count), 'fin');
  for (let sent = 0; sent < 150; sent += 50) far.socket.write(alphabet.slice(sent, sent + 50));
  await until('the end', () => near.how === 'ended');
  expect(near.text()).toBe(alphabet.slice(0, count));
  expect(proxy.counts.trap).toBe(1);
});

test('cut inside a frame that is named, and inside the next, whatever it is', async () => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  let length = 0;
  proxy.trap(
    'up',
    insideFrame('needle', 3, (met) => (length = met)),
    'fin',
  );
  near.socket.write('hay');
  await until('hay', () => far.text() === 'hay');
  near.socket.write('a needle');
  await until('the end', () => far.how === 'ended');
  expect([far.text(), length]).toEqual(['haya n', 8]);

  const [other, otherFar] = await pair();
  const takeBack = proxy.trap(
    'up',
    insideNext(() => 0.5),
  );
  takeBack();
  other.socket.write('abcd');
  await until('abcd', () => otherFar.text() === 'abcd');
  proxy.trap(
    'up',
    insideNext(() => 0.5),
  );
  other.socket.write('efgh');
  // bytes and a reset that come together are bytes and an end to libuv
  await until('the cut', () => otherFar.how !== 'open' && other.how === 'reset');
  expect(otherFar.text().length).toBeLessThanOrEqual(6);
});

test('hold, then reset: what was said meanwhile never arrives', async () => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  proxy.hold(30);
  near.socket.write('lost');
  far.socket.write('lost');
  await until('both know', () => near.how === 'reset' && far.how === 'reset');
  expect([near.text(), far.text()]).toEqual(['', '']);
});

test.each([
  ['both', ['', '']],
  ['up', ['from far', '']],
  ['down', ['', 'from near']],
] as const)('black hole %s: nobody is told, and after it late bytes arrive', async (way, meanwhile) => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  const [openEnd, openFar] = await pair();
  const heal = proxy.blackhole(way);
  near.socket.write('from near');
  far.socket.write('from far');
  await until('what may pass', () => [near.text(), far.text()].join() === meanwhile.join());
  openEnd.socket.resetAndDestroy();
  if (way === 'down') await until('the reset passes', () => openFar.how === 'reset');
  else expect(openFar.how).toBe('open');
  heal();
  heal(); // once is enough
  await until('late bytes', () => near.text() === 'from far' && far.text() === 'from near');
  await until('a late reset', () => openFar.how === 'reset');
});

test('a black hole of the links that are there lets new ones through', async () => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  const heal = proxy.blackhole('both', 'present');
  near.socket.write('old');
  const [newer, newerFar] = await pair();
  newer.socket.write('new');
  await until('the new one', () => newerFar.text() === 'new');
  expect(far.text()).toBe('');
  heal();
  await until('the old one', () => far.text() === 'old');
});

test('holds from a piece on, and releases it', async () => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  let isHeld = false;
  proxy.trap(
    'up',
    holdFrom('needle', () => (isHeld = true)),
  );
  near.socket.write('hay ');
  await until('hay', () => far.text() === 'hay ');
  near.socket.write('a needle');
  await until('it', () => isHeld);
  near.socket.end(' and more');
  far.socket.write('back');
  await until('the other way', () => near.text() === 'back');
  expect([far.text(), far.how]).toEqual(['hay ', 'open']);
  proxy.release();
  await until('all of it', () => far.how === 'ended');
  expect(far.text()).toBe('hay a needle and more');
});

test.each(['near', 'far'] as const)('half open: the %s end is gone, the other does not know', async (gone) => {
  const { proxy, pair } = await stage();
  const [near, far] = await pair();
  proxy.halfOpen(gone);
  const [dead, left] = gone === 'near' ? [near, far] : [far, near];
  await until('one knows', () => dead.how === 'reset');
  left.socket.write(alphabet);
  await until('it has left', () => left.socket.writableLength === 0);
  expect([left.how, dead.text(), proxy.links]).toEqual(['open', '', 0]);
});

test('refuses: by reset, by 503, by silence', async () => {
  const { proxy, near, fars } = await stage();
  proxy.set({ refuse: 'rst' });
  const first = await near();
  await until('a reset', () => first.how === 'reset' || first.how === 'closed');
  proxy.set({ refuse: '503' });
  const second = await near();
  second.socket.write('GET / HTTP/1.1\r\n\r\n');
  await until('an answer', () => second.how === 'ended');
  expect(second.text()).toMatch(/^HTTP\/1\.1 503 /);
  proxy.set({ refuse: 'silent' });
  const third = await near();
  third.socket.write('hello?');
  proxy.set({ refuse: undefined });
  const last = await near();
  last.socket.write('there');
  await until('the way is free', () => fars[0]?.text() === 'there');
  expect([third.how, third.text(), fars.length]).toEqual(['open', '', 1]);
  expect(proxy.counts).toMatchObject({ 'refused-rst': 1, 'refused-503': 1, 'refused-silent': 1 });
});

test.each(['rst', 'fin', 'silence'] as const)('idle links are cut by %s, busy ones are not', async (how) => {
  const { proxy, pair } = await stage();
  const [idle] = await pair();
  proxy.set({ idle: { ms: 60, how } });
  const [near, far] = await pair();
  let sent = 0;
  const talk = setInterval(() => near.socket.write(`${sent++}.`), 5);
  await until('it has lived longer', () => sent > 30);
  expect(near.how).toBe('open');
  clearInterval(talk);
  await until('the cut', () => (proxy.counts.idle ?? 0) === 1);
  if (how === 'silence') {
    const before = far.text();
    near.socket.write('nobody hears');
    await until('it has left', () => near.socket.writableLength === 0);
    expect([near.how, far.text()]).toEqual(['open', before]);
  } else await until('it knows', () => near.how === (how === 'rst' ? 'reset' : 'ended'));
  expect(idle.how).toBe('open'); // it was there before the habit
});

test('a lifetime, however busy', async () => {
  const { proxy, pair } = await stage();
  proxy.set({ lifetime: { ms: 30, how: 'rst' } });
  const [near] = await pair();
  const talk = setInterval(() => near.socket.write('.'), 5);
  await until('the cut', () => near.how === 'reset');
  clearInterval(talk);
  expect(proxy.counts.lifetime).toBe(1);
});

test('one byte in so many is spoilt, the same ones for the same seed', async () => {
  const spoilt = async (): Promise<string> => {
    const { proxy, pair } = await stage();
    proxy.set({ corruptEvery: 200 });
    const [near, far] = await pair();
    near.socket.write('.'.repeat(20_000));
    await until('all of it', () => far.text().length === 20_000);
    const wrong = far.text().replaceAll('.', '').length;
    expect(wrong).toBe(proxy.counts.corrupt);
    expect(wrong).toBeGreaterThan(50);
    expect(wrong).toBeLessThan(200);
    return far.text();
  };
  expect(await spoilt()).toBe(await spoilt());
});

test('closes what it holds: links, refused ones, halves, and black holes with bytes in them', async () => {
  const { proxy, pair, near } = await stage();
  const kept = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const before = kept();
  const [first, firstFar] = await pair();
  const [second, secondFar] = await pair();
  const [, thirdFar] = await pair();
  proxy.halfOpen('near');
  proxy.set({ refuse: 'silent' });
  const refused = await near();
  proxy.blackhole('both');
  first.socket.write(alphabet);
  second.socket.write(alphabet);
  await proxy.close();
  for (const each of [first, second, refused, firstFar, secondFar, thirdFar]) each.socket.destroy();
  await until('no socket', () => kept() <= before);
  expect(proxy.buffered.now).toBe(0);
});
