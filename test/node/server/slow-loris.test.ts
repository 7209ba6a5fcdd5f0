// HC11: sockets that say their heads, bodies and handshakes byte by byte, or nothing at all: each is cut in its time, and nobody else notices.

import { createServer } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRealtimeServer, serve } from '../../../src/server.js';
import { ask, closeHttp, connect, listen, listenTo } from './support.js';

/** Of each kind. */
const SOCKETS = 40;
const BYTE_MS = 20;
const LIMIT_MS = 500;
const limits = { bodyTimeoutMs: LIMIT_MS, helloTimeoutMs: LIMIT_MS, heartbeatMs: LIMIT_MS };

const upgrade = (query: string): string =>
  `GET /realtime?${query} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n`;
const handshake = (query: string): string => `${upgrade(query)}sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n"`;

interface Loris {
  /** At once. */
  readonly first: string;
  /** Then this, a byte at a time. */
  readonly drip: string;
  /** What it is told. */
  readonly told: RegExp;
}
const lorises: Readonly<Record<string, Loris>> = {
  nothing: { first: '', drip: '', told: /^HTTP\/1\.1 408 / },
  'a head': { first: 'GET /realtime?room=x HTTP/1.1\r\nx-slow: ', drip: 'a', told: /^HTTP\/1\.1 408 / },
  'a head elsewhere': { first: 'GET /', drip: 'a', told: /^HTTP\/1\.1 408 / },
  'the head of a handshake': { first: `${upgrade('room=x')}x-slow: `, drip: 'a', told: /^HTTP\/1\.1 408 / },
  'a body': { first: post('/realtime?room=y'), drip: 'a', told: /^HTTP\/1\.1 408 / },
  'a body elsewhere': { first: post('/elsewhere'), drip: 'a', told: /^HTTP\/1\.1 404 / },
  // 0x88: a close frame
  'no hello': { first: handshake('session=a-session-of-sixteen'), drip: '', told: /^HTTP\/1\.1 101 [^]*\x88/ },
  'no sign of life': { first: handshake('room=x'), drip: '', told: /^HTTP\/1\.1 101 / },
};

/** Resolves with what it was told when it is cut, and after how long. */
function attack(port: number, { first, drip }: Loris): Promise<{ readonly text: string; readonly ms: number }> {
  const begunAt = performance.now();
  return new Promise((resolve) => {
    const socket = tcpConnect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let text = '';
    let said = 0;
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    if (first) socket.write(first);
    const drops = drip && setInterval(() => socket.write(drip[said++ % drip.length]!), BYTE_MS);
    socket.on('error', () => {}); // cut with something of ours unread
    socket.once('close', () => {
      if (drops) clearInterval(drops);
      resolve({ text, ms: performance.now() - begunAt });
    });
  });
}

async function startServe() {
  const { realtime, http, port, close } = await serve({
    ...{ port: 0, ...limits, headersTimeoutMs: LIMIT_MS, requestTimeoutMs: 4 * LIMIT_MS },
  });
  onTestFinished(close);
  return { realtime, http, port };
}
/** As docs/server.md says for a server of one's own, with shorter times. */
async function startOwn() {
  const http = createServer(
    { headersTimeout: LIMIT_MS, requestTimeout: 4 * LIMIT_MS, connectionsCheckingInterval: LIMIT_MS / 2 },
    (_, response) => void response.writeHead(404).end(),
  );
  const realtime = createRealtimeServer(limits);
  realtime.attach(http);
  const port = Number(new URL(await listen(http)).port);
  onTestFinished(async () => {
    await realtime.close();
    await closeHttp(http);
  });
  return { realtime, http, port };
}

describe.each([
  ['serve()', startServe],
  ['attach()', startOwn],
])('%s', (_, start) => {
  it('cuts all of them, and honest ones hear everything', { timeout: 30_000 }, async () => {
    const { realtime, http, port } = await start();
    const base = `http://127.0.0.1:${port}/realtime`;
    const socket = await connect(`${base}?room=x`);
    const stream = await listenTo(`${base}?room=x`);
    const kinds = Object.entries(lorises);
    const attacks = kinds.flatMap(([name, loris]) =>
      Array.from({ length: SOCKETS }, async () => ({ name, told: loris.told, ...(await attack(port, loris)) })),
    );
    let said = 0;
    const talk = setInterval(() => realtime.publish('x', ++said), BYTE_MS);
    // one that is slow, and in time
    const head = 'GET /realtime?room=x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const late = tcpConnect(port, '127.0.0.1');
    onTestFinished(() => void late.destroy());
    late.write(head.slice(0, -3));
    const answered = new Promise<string>((resolve) => late.once('data', (data: Buffer) => resolve(data.toString())));
    setTimeout(() => late.write(head.slice(-3)), LIMIT_MS / 5);
    expect(await answered).toMatch(/^HTTP\/1\.1 200 /);

    const cut = await Promise.all(attacks);
    clearInterval(talk);
    for (const { name, text, told } of cut) expect([name, text]).toEqual([name, expect.stringMatching(told)]);
    // heads have a time of their own, which is not that of a whole request
    const timesOf = (kind: string): number[] => cut.flatMap(({ name, ms }) => (name === kind ? [ms] : []));
    const heads = ['nothing', 'a head', 'a head elsewhere', 'the head of a handshake'].flatMap(timesOf);
    expect(Math.max(...heads)).toBeLessThan(Math.min(...timesOf('a body elsewhere')));
    for (const [name] of kinds) {
      const times = timesOf(name).map(Math.round);
      console.info(`${name}: ${SOCKETS} cut after ${Math.min(...times)} to ${Math.max(...times)} ms`);
    }
    for (let n = 1; n <= said; n++) expect(await socket.next()).toBe(String(n));
    await stream.until(`data: ${said}\n`);
    expect(socket.socket.readyState).toBe(1);
    expect((await ask(`${base}?room=x`)).status).toBe(200);
    const left = await new Promise((resolve) => http.getConnections((__, count) => resolve(count)));
    expect(left).toBe(2);
  });
});

it('the defaults of serve(): 10 s for a head, 2 minutes for a request', async () => {
  const { http, close } = await serve({ port: 0 });
  onTestFinished(close);
  expect(http).toMatchObject({ headersTimeout: 10_000, requestTimeout: 120_000, connectionsCheckingInterval: 5_000 });
});

it.each([
  [{ headersTimeoutMs: 0 }, /`headersTimeoutMs` is a number from 1 on, not 0/],
  [{ headersTimeoutMs: 2_000, requestTimeoutMs: 1_000 }, /`requestTimeoutMs` is a number from 2000 on/],
  [{ headersTimeoutMs: Infinity }, /`headersTimeoutMs` is a whole number from 0 to 2147483647, not Infinity/],
  [{ headersTimeoutMs: 1.5 }, /`headersTimeoutMs` is a whole number/],
  [{ headersTimeoutMs: '9000' as unknown as number }, /`headersTimeoutMs` is a number from 1 on/],
  [{ requestTimeoutMs: Infinity }, /`requestTimeoutMs` is a whole number/],
  [{ port: 'abc' as unknown as number }, /`port` is a whole number from 0 to 65535, not abc/],
  [{ port: 70_000 }, /`port` is a whole number from 0 to 65535, not 70000/],
])('%j makes no sense', async (options, message) => {
  await expect(serve({ port: 0, ...options })).rejects.toThrow(expect.objectContaining({ kind: 'config' }));
  await expect(serve({ port: 0, ...options })).rejects.toThrow(message);
});
