// Demand 24 for rooms, on a server: rendering a provider and everything below it opens nothing and keeps nothing.

import { createElement, Fragment, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  defineRoom,
  RealtimeProvider,
  useConnection,
  useMessages,
  useOthers,
  usePresence,
  useRealtime,
  useRoom,
  useRoomEvent,
  useSelf,
} from '../../src/index.js';

const opened: string[] = [];
const never = (name: string) => () => {
  opened.push(name);
  throw new Error(`${name} on a server`);
};
const timed = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const;

beforeEach(() => {
  opened.length = 0;
  for (const name of ['WebSocket', 'EventSource', 'fetch', ...timed]) vi.stubGlobal(name, vi.fn(never(name)));
});
afterEach(() => void vi.unstubAllGlobals());

const chat = defineRoom<{ text: string }>('chat');

function Page({ name }: { readonly name: string }): ReactElement {
  const room = useRoom(chat(name), { presence: { name }, onMessage: never('onMessage') });
  const [mine] = usePresence(chat(name), { name });
  useRoomEvent(chat(name), never('useRoomEvent'));
  return createElement(
    Fragment,
    null,
    `${name} ${room.id} ${room.status} ${room.synced} ${room.members.size} ${useMessages(chat(name)).length} `,
    `${useOthers(chat(name)).length} ${useSelf(chat(name)).user} ${JSON.stringify(mine)} `,
    `${useConnection().status} ${useRealtime().rooms.size}`,
  );
}

const page = (name: string): ReactElement =>
  createElement(
    RealtimeProvider,
    { url: never('url') as () => string, auth: { getToken: never('getToken') }, headers: never('headers') },
    createElement(Page, { name }),
  );

test('no socket, no request, no timer, no question; each request of a server has its own', () => {
  expect([typeof window, typeof document]).toEqual(['undefined', 'undefined']);
  for (const name of ['ada', 'bob', 'ada'])
    expect(renderToString(page(name)).replaceAll('<!-- -->', '')).toBe(
      `${name} chat:${name} idle false 0 0 0 null null idle 0`,
    );
  expect(opened).toEqual([]);
});
