// Going away: everybody is told, nothing is lost that was said before, and nothing is left.

import { createServer, request } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRealtimeServer, serve } from '../../../src/server.js';
import { ask, connect, listen, listenTo, placeAt, start } from './support.js';

const sockets = (): string[] =>
  process.getActiveResourcesInfo().filter((each) => /^TCP(Server|Socket)Wrap$/.test(each));

/** Timers that are set and have neither rung nor been taken back; ours do not hold the process, so Node lists none. */
function watchTimers(): Set<unknown> {
  const set = new Set<unknown>();
  const { setTimeout: original, clearTimeout: clear } = globalThis;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
    const timer = original(() => {
      set.delete(timer);
      run();
    }, ms);
    set.add(timer);
    return timer;
  }) as typeof setTimeout);
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    set.delete(timer);
    clear(timer);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  return set;
}

describe('close', () => {
  it('lets every reader go, so that the http server closes by itself', async () => {
    const before = sockets();
    const timers = watchTimers();
    const http = createServer();
    const realtime = createRealtimeServer({ heartbeatMs: 10_000 });
    realtime.attach(http);
    const base = await listen(http);
    const peer = await connect(`${base}/realtime?room=x`);
    const stream = await listenTo(`${base}/realtime?room=x`);
    const place = await placeAt(`${base}/realtime?room=x`);
    const held = ask(`${base}/realtime?room=x&wait=55&cursor=${place}`, { headers: { connection: 'keep-alive' } });
    await new Promise((resolve) => http.once('request', resolve));
    const closed = new Promise((resolve) => http.close(resolve));
    expect(timers.size).toBeGreaterThanOrEqual(4); // three readers and the sweep
    await realtime.close();
    expect(await peer.closed).toEqual({ code: 1012, reason: 'the server restarts' });
    expect(await stream.ended).toMatch(/^: here\n/);
    expect(await held).toMatchObject({ status: 204, headers: { 'roomtone-cursor': expect.stringMatching(/-0$/) } });
    // nobody was cut off by us here: what is not gone by now would keep it open for ever
    await closed;
    await vi.waitFor(() => expect(sockets()).toEqual(before));
    await vi.waitFor(() => expect(timers.size).toBe(0));
  });

  it.each([
    ['stream', 'room=x', 'accept: text/event-stream\r\n', '0\r\n\r\n'],
    ['held poll', 'room=x&wait=55', '', '204'],
  ])(
    'hangs up behind the last byte of a %s, though its client would keep the connection',
    async (_, query, header, last) => {
      const { realtime, http, at } = await start();
      const { hostname, port, pathname, search } = new URL(at(`${query}&cursor=${await placeAt(at('room=x'))}`));
      const socket = tcpConnect({ host: hostname, port: Number(port), allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      let text = '';
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      const ended = new Promise((resolve) => socket.once('end', resolve));
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\n${header}\r\n`);
      await new Promise((resolve) => http.once('request', resolve));
      await realtime.close();
      await ended;
      expect(text).toContain(last);
    },
  );

  it('refuses a handshake that it began before', async () => {
    const { realtime, http, at } = await start();
    http.once('upgrade', () => void realtime.close());
    await expect(connect(at('room=x'))).rejects.toThrow('503');
  });

  it('gives a held poll what was published in the same breath', async () => {
    const { realtime, http, at } = await start();
    const held = ask(at(`room=x&wait=55&cursor=${await placeAt(at('room=x'))}`));
    await new Promise((resolve) => http.once('request', resolve));
    const { id } = realtime.publish('x', 'last words');
    await realtime.close();
    expect(await held).toMatchObject({ status: 200, body: '["last words"]', headers: { 'roomtone-cursor': id } });
  });

  it('answers 503 from then on, so that a restart is not taken for the end', async () => {
    const { realtime, at } = await start();
    await Promise.all([realtime.close(), realtime.close()]);
    // also to a proxy that keeps its connections, and would come back over this one
    expect(await ask(at('room=x'), { headers: { connection: 'keep-alive' } })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', connection: 'close' },
    });
    expect(
      (await ask(at('room=x'), { method: 'POST', headers: { 'content-type': 'application/json' } }, '1')).status,
    ).toBe(503);
    await expect(connect(at('room=x'))).rejects.toThrow('503');
    // an interval that still runs is no error, and nothing is kept
    expect(realtime.publish('x', 1).id).toMatch(/-1$/);
    expect(realtime.publish('x', 2).id).toMatch(/-1$/);
  });

  it('takes its leave of who begins to say too much meanwhile, too', async () => {
    const told: string[] = [];
    const { realtime, at } = await start({
      rateLimit: { perSecond: 1, burst: 2 },
      onEvent: (event) => void told.push(event.type === 'disconnected' ? `disconnected ${event.code}` : event.type),
    });
    const { socket, closed } = await connect(at('room=x'));
    const done = realtime.close();
    for (let n = 0; n < 50; n++) socket.send(String(n));
    await Promise.all([done, closed]);
    // not paused: what it answers to our close is behind all of that
    expect(told).toEqual(['connected', 'joined', 'left', 'disconnected 1012']);
  });

  it('does not take a message that comes too late', async () => {
    const { realtime, http, at } = await start();
    const { hostname, port, pathname, search } = new URL(at('room=x'));
    const socket = tcpConnect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const begun = new Promise((resolve) => http.once('request', resolve));
    socket.write(
      `POST ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n"a`,
    );
    await begun;
    await realtime.close();
    socket.write('"');
    await vi.waitFor(() => expect(text).toMatch(/^HTTP\/1\.1 503 /));
  });

  it('does not wait for a peer that never answers the close', async () => {
    const { realtime, http, at } = await start();
    const { hostname, port, pathname, search } = new URL(at('room=x'));
    const socket = tcpConnect({ host: hostname, port: Number(port), allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const upgraded = new Promise((resolve) => socket.once('data', resolve));
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await upgraded;
    const closed = new Promise((resolve) => http.close(resolve));
    await realtime.close();
    await closed;
  });

  it('stops listening first where it runs alone', async () => {
    const serving = await serve({ port: 0 });
    const peer = await connect(serving.url);
    const back = peer.closed.then(() => connect(serving.url));
    const refused = expect(back).rejects.toThrow('ECONNREFUSED');
    await serving.close();
    await refused;
  });

  it.each(['room=x', 'session=session-of-a-slow-one'])('waits for no body: ?%s', async (query) => {
    const http = createServer();
    const { realtime, at } = await start({ bodyTimeoutMs: 1_000_000 }, http);
    await ask(at(query));
    const headers = { 'content-type': 'application/json' };
    const slow = request(at(query), { method: 'POST', agent: false, headers });
    const answered = new Promise((resolve) => slow.on('response', (found) => resolve(found.resume().statusCode)));
    slow.on('error', () => {});
    onTestFinished(() => void slow.destroy());
    slow.write('"');
    await new Promise((resolve) => http.once('request', resolve));
    const closed = new Promise((resolve) => http.close(resolve));
    await realtime.close();
    await closed;
    expect(await answered).toBe(503);
  });
});
