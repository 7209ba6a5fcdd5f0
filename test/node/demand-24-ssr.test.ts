// Demand 24, on a server: rendering opens nothing, whatever is imported and whatever is given.

import { Writable } from 'node:stream';
import { createElement, Fragment, type ReactElement } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Host, useEventSource, useLongPoll, usePoll, useWebSocket } from '../../src/index.js';

const opened: string[] = [];
const never = (name: string) => () => {
  opened.push(name);
  throw new Error(`${name} on a server`);
};

beforeEach(() => {
  opened.length = 0;
  for (const name of ['WebSocket', 'EventSource', 'fetch']) vi.stubGlobal(name, vi.fn(never(name)));
});
afterEach(() => void vi.unstubAllGlobals());

/** Whoever looks at it is told. */
const untouchable = new Proxy({} as Host, {
  get: (_, part) => never(`host.${String(part)}`)(),
  ownKeys: never('host'),
});

function Page({ user }: { readonly user: string }): ReactElement {
  const url = `https://example.com/${user}`;
  const getToken = never('getToken') as () => string;
  const socket = useWebSocket(`wss://example.com/${user}`, { auth: { getToken }, host: untouchable });
  const stream = useEventSource(never('url') as () => string, { headers: never('headers'), host: untouchable });
  const held = useLongPoll(url, { host: untouchable, select: ({ count }) => count });
  const polled = usePoll(url, { host: untouchable, pauseWhenHidden: true });
  return createElement(
    Fragment,
    null,
    [socket, stream, held, polled].map(({ status }) => status).join(' '),
    ` ${user} ${held.selected} ${socket.messages.length} ${stream.count} ${polled.queued}`,
  );
}

/** Timers that were set by code of ours; React's own stream may set one. */
function watchTimers(): readonly string[] {
  const ours: string[] = [];
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const real = globalThis[name] as typeof setTimeout;
    const noted = (run: () => void, ms?: number): NodeJS.Timeout => {
      if (new Error().stack?.includes('/src/')) ours.push(`${name} ${ms}`);
      return real(run, ms);
    };
    vi.stubGlobal(name, noted);
  }
  return ours;
}

async function streamed(element: ReactElement): Promise<string> {
  let html = '';
  await new Promise<void>((resolve, reject) => {
    const { pipe } = renderToPipeableStream(element, { onError: reject });
    pipe(
      new Writable({
        write(chunk, _, done) {
          html += String(chunk);
          done();
        },
        final(done) {
          done();
          resolve();
        },
      }),
    );
  });
  return html;
}

test.each([
  ['renderToString', async (element: ReactElement) => renderToString(element)],
  ['renderToPipeableStream', streamed],
] as const)('%s: no socket, no request, no timer, no look at the world', async (_, renderPage) => {
  expect([typeof window, typeof document]).toEqual(['undefined', 'undefined']);
  const timers = watchTimers();
  const html = await renderPage(createElement(Page, { user: 'ada' }));
  expect(html.replaceAll('<!-- -->', '')).toBe('idle idle idle idle ada 0 0 0 0');
  expect(opened).toEqual([]);
  expect(timers).toEqual([]);
});

test('two requests at once keep nothing of each other, and no module keeps anything of either', async () => {
  const pages = await Promise.all(['ada', 'bob', 'ada'].map((user) => streamed(createElement(Page, { user }))));
  expect(pages.map((html) => /idle (\w+) \d/.exec(html.replaceAll('<!-- -->', ''))?.[1])).toEqual([
    'ada',
    'bob',
    'ada',
  ]);
  expect(opened).toEqual([]);
});
