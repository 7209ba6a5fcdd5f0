// Demand 24 and H11 for rooms, in the browser: what a server rendered is hydrated silently, and joins then.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import {
  RealtimeProvider,
  useConnection,
  useMessages,
  useOthers,
  usePresence,
  useRealtime,
  useRoom,
  useRoomEvent,
  useSelf,
} from '../../../src/index.js';
import { createWorld, settle } from '../support.js';
import { createFakeClient, member, members, message } from './fake-client.js';

function Page(): ReactNode {
  const { status, synced, others, count, send } = useRoom('a', { presence: { name: 'me' } });
  const texts = useMessages('a', (messages) => messages.map(({ id }) => id).join());
  const ids = useOthers('a', (all) => all.map(({ id }) => id).join());
  const { user } = useSelf('a');
  const [mine] = usePresence('a');
  const rooms = useRealtime((state) => state.rooms.size);
  const connection = useConnection();
  useRoomEvent('a', () => {});
  return (
    <p data-send={typeof send}>
      {connection.status} {String(connection.transport)} {status} {String(synced)} {others.length} {count} [{texts}] [
      {ids}] {String(user)} {JSON.stringify(mine)} {rooms}
    </p>
  );
}
const EMPTY = '<p data-send="function">idle null idle false 0 0 [] [] null null 0</p>';

// the setup fails a test that writes to the console: a mismatch would be written there
test.each([{ strict: false }, { strict: true }])(
  'H11: a client of its own, hydrated without a word, strict: $strict',
  async ({ strict }) => {
    const { far, web, host, parts, step, advance, expectNothingLeft } = createWorld();
    const page = (
      <RealtimeProvider url="ws://localhost/realtime" {...parts}>
        <Page />
      </RealtimeProvider>
    );
    const html = renderToString(strict ? <StrictMode>{page}</StrictMode> : page);
    expect(html.replaceAll('<!-- -->', '')).toBe(EMPTY);
    expect([far.sockets.length, web.requests.length, host.clock.pending, host.watchers]).toEqual([0, 0, 0, 0]);

    const container = document.body.appendChild(document.createElement('div'));
    container.innerHTML = html;
    const paragraph = container.firstChild;
    const { unmount } = render(page, { container, hydrate: true, ...(strict ? { wrapper: StrictMode } : {}) });
    expect(container.firstChild).toBe(paragraph); // the server's own element was taken over
    await step();
    expect(container.textContent).toMatch(/^connecting null (idle|joining) false/);
    expect(far.sockets).toHaveLength(1);
    unmount();
    await advance(250);
    await step(() => far.last.accept()); // it was on its way when it was let go of
    expectNothingLeft();
  },
);

test('hydrated while others in the page have joined already: first what the server rendered, then what is', async () => {
  const { client, change, connect, say } = createFakeClient();
  const stay = client.room('a').subscribe(() => {});
  change('a', { status: 'joined', synced: true, members: members(member('bob')) });
  say('a', message('1'));
  connect({ status: 'open', transport: 'websocket' });
  const empty = createFakeClient();
  const page = (which: typeof client): ReactNode => (
    <RealtimeProvider client={which}>
      <Page />
    </RealtimeProvider>
  );
  const container = document.body.appendChild(document.createElement('div'));
  container.innerHTML = renderToString(page(empty.client));
  render(page(client), { container, hydrate: true });
  await settle();
  expect(container.textContent).toBe('open websocket joined true 1 1 [1] [bob] null {"name":"me"} 1');
  stay();
});
