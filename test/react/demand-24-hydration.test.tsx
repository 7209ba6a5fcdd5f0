// Demand 24, in the browser: what a server rendered is hydrated silently, and connects then.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { useEventSource, useWebSocket } from '../../src/index.js';
import { createWorld, type World } from './support.js';

function Page({ parts }: { readonly parts: World['parts'] }): ReactNode {
  const socket = useWebSocket('ws://localhost/live', parts);
  const stream = useEventSource('http://localhost/stream', { ...parts, select: ({ count }) => `${count} events` });
  return (
    <p>
      {socket.status} {socket.count} {stream.status} {stream.selected}
    </p>
  );
}

// the setup fails a test that writes to the console: a mismatch would be written there
test.each([{ strict: false }, { strict: true }])('hydrated without a word, strict: $strict', async ({ strict }) => {
  const world = createWorld();
  const page = <Page parts={world.parts} />;
  const html = renderToString(strict ? <StrictMode>{page}</StrictMode> : page);
  expect(html.replaceAll('<!-- -->', '')).toBe('<p>idle 0 idle 0 events</p>');
  expect([world.far.sockets.length, world.web.requests.length, world.host.clock.pending]).toEqual([0, 0, 0]);

  const container = document.body.appendChild(document.createElement('div'));
  container.innerHTML = html;
  const paragraph = container.firstChild;
  const { unmount } = render(page, { container, hydrate: true, ...(strict ? { wrapper: StrictMode } : {}) });
  expect(container.firstChild).toBe(paragraph); // the server's own element was taken over
  await world.step();
  expect(container.textContent).toBe('connecting 0 connecting 0 events');
  expect([world.far.sockets.length, world.web.requests.length]).toEqual([1, 1]);

  await world.step(() => world.far.last.accept());
  await world.step(() => world.far.last.message('1'));
  expect(container.textContent).toBe('open 1 connecting 0 events');
  unmount();
  await world.advance(250);
  world.expectNothingLeft();
});

test('something mounted later in a hydrated page sees the shared link as it is, not as it was on the server', async () => {
  const world = createWorld();
  const Pages = ({ both }: { readonly both: boolean }): ReactNode => (
    <>
      <Page parts={world.parts} />
      {both && <Page parts={world.parts} />}
    </>
  );
  const container = document.body.appendChild(document.createElement('div'));
  container.innerHTML = renderToString(<Pages both={false} />);
  const { rerender } = render(<Pages both={false} />, { container, hydrate: true });
  await world.step(() => world.far.last.accept());
  rerender(<Pages both />);
  expect(container.textContent).toBe('open 0 connecting 0 eventsopen 0 connecting 0 events');
  expect(world.far.sockets).toHaveLength(1);
});
