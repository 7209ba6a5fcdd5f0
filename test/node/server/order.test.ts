// Order and places: what a listener publishes in the middle of a round comes after it, on every transport.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createFeed, longPoll } from '../../../src/core.js';
import { ask, connect, listenTo, placeAt, start, type Started } from './support.js';

describe('order', () => {
  it('a welcome that the event hook publishes comes once, behind the replay', async () => {
    const server: Started = await start({
      onEvent: (event) => event.type === 'joined' && server.realtime.publish('x', 'welcome'),
    });
    server.realtime.publish('x', 'old');
    const peer = await connect(server.at('room=x&replay=9'));
    expect([await peer.next(), await peer.next()]).toEqual(['"old"', '"welcome"']);
    const stream = await listenTo(server.at('room=x&replay=1'));
    const text = await stream.until('-3\n');
    expect(text.match(/-\d+(?=\ndata)/g)).toEqual(['-2', '-3']);
    expect(await peer.next()).toBe('"welcome"');
    server.realtime.publish('x', 'last');
    expect(await peer.next()).toBe('"last"');
  });

  it('a long poll goes through every message once, however it is cut', async () => {
    const server = await start();
    let cursor = (await ask(server.at('room=x&wait=0'))).headers['roomtone-cursor'];
    const seen: number[] = [];
    for (let n = 1; n <= 30; n++) {
      // published before, while and after the request is on its way
      const asked = n % 3 === 0 ? undefined : ask(server.at(`room=x&wait=20&cursor=${String(cursor)}`));
      server.realtime.publish('x', n);
      const answer = await (asked ?? ask(server.at(`room=x&wait=20&cursor=${String(cursor)}`)));
      expect(answer.headers['roomtone-resume']).toBe('resumed');
      seen.push(...(JSON.parse(answer.body) as number[]));
      cursor = answer.headers['roomtone-cursor'];
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('a long poll that is held gets the message where no history is kept', async () => {
    const server = await start({ history: { size: 0 } });
    const held = ask(server.at(`room=x&wait=20&cursor=${await placeAt(server.at('room=x'))}`));
    await new Promise((resolve) => server.http.once('request', resolve));
    const { id } = server.realtime.publish('x', 1);
    const answer = await held;
    expect([answer.body, answer.headers['roomtone-cursor']]).toEqual(['[1]', id]);
    // what came between two polls is gone, and that is said
    server.realtime.publish('x', 2);
    const next = await ask(server.at(`room=x&wait=20&cursor=${id}`));
    expect([next.status, next.headers['roomtone-resume']]).toEqual([204, 'gap']);
  });

  it('a long poll that breaks before its first message misses nothing', async () => {
    const server = await start();
    let heard: (data: unknown) => void = () => {};
    const message = new Promise((resolve) => (heard = resolve));
    const feed = createFeed({
      transport: longPoll(server.at('room=x&wait=20'), { minGapMs: 1 }),
      retry: { initialDelayMs: 1, maxDelayMs: 1 },
      onMessage: ({ data }) => heard(data),
    });
    onTestFinished(() => feed.close());
    onTestFinished(feed.subscribe(() => {}));
    await vi.waitFor(() => expect(server.events.map(({ type }) => type)).toEqual(['joined']));
    server.http.closeAllConnections();
    server.realtime.publish('x', 'meanwhile');
    expect(await message).toEqual(['meanwhile']);
  });

  it('two polls of one client do not disturb each other', async () => {
    const server = await start();
    const place = await placeAt(server.at('room=x'));
    const both = ['', '&replay=5'].map((more) => ask(server.at(`room=x&wait=20&cursor=${place}${more}`)));
    await new Promise((resolve) => server.http.once('request', () => server.http.once('request', resolve)));
    server.realtime.publish('x', 1);
    expect((await Promise.all(both)).map(({ body }) => body)).toEqual(['[1]', '[1]']);
  });

  it('the header with the place wins over the query: a native EventSource comes back with both', async () => {
    const server = await start();
    const ids = [1, 2, 3].map((n) => server.realtime.publish('x', n).id);
    const stream = await listenTo(server.at(`room=x&lastEventId=${ids[0]}`), { 'last-event-id': ids[1]! });
    expect((await stream.until('data: 3')).includes('data: 2')).toBe(false);
    const first = await listenTo(server.at(`room=x&lastEventId=${ids[1]}`));
    expect((await first.until('data: 3')).includes('data: 2')).toBe(false);
  });

  it('the snapshot has a tag that proxies may weaken, and that changes with what is kept', async () => {
    const server = await start({ history: { size: 2 } });
    server.realtime.publish('x', 1);
    const { etag, 'content-length': length } = (await ask(server.at('room=x'))).headers;
    expect(length).toBe('3');
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`])
      expect((await ask(server.at('room=x'), { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await ask(server.at('room=x'), { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const newest = await ask(server.at('room=x&replay=0'), { headers: { 'if-none-match': etag } });
    expect([newest.status, newest.body]).toEqual([200, '[]']);
  });
});
