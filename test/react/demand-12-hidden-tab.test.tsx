// Demand 12: a hidden tab neither aborts nor sends a stream again, unless it was told to.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { useEventSource, type UseEventSourceOptions } from '../../src/index.js';
import type { ManualHost } from '../../src/testing.js';
import { createWorld } from './support.js';

const stream = { headers: { 'content-type': 'text/event-stream' } };

function Hook(options: UseEventSourceOptions): ReactNode {
  const { status, messages } = useEventSource('http://localhost/stream', options);
  return `${status}: ${messages.map(({ data }) => String(data)).join(' ')}`;
}

const hide = (host: ManualHost) => () => host.setFocus('hidden');
const show = (host: ManualHost) => () => host.setFocus('visible');

describe.each([{ method: 'GET' }, { method: 'POST' }])('$method, by default', ({ method }) => {
  test('hidden and shown three times: one request, and it goes on', async () => {
    const { web, host, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} method={method} />);
    await step();
    await step(() => web.last.open(stream));
    for (let round = 1; round <= 3; round++) {
      await step(hide(host));
      await advance(60_000);
      await step(() => web.last.write(`data: ${round}\n\n`));
      await step(show(host));
    }
    expect(web.requests).toHaveLength(1);
    expect(web.last.aborted).toBe(false);
    expect(container.textContent).toBe('open: 1 2 3');
  });
});

describe('with pauseWhenHidden', () => {
  test('closed after the grace, resumed when shown, from where it was', async () => {
    const { web, host, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} pauseWhenHidden />);
    await step();
    await step(() => web.last.open(stream));
    await step(() => web.last.write('id: 7\ndata: 7\n\n'));
    await step(hide(host));
    await advance(4_900);
    expect(web.last.aborted).toBe(false);
    await advance(100);
    expect(web.last.aborted).toBe(true);
    await advance(3_600_000);
    expect(web.requests).toHaveLength(1);
    expect(host.clock.pending).toBe(0);
    await step(show(host));
    expect(web.requests).toHaveLength(2);
    expect(web.last.headers['last-event-id']).toBe('7');
    await step(() => web.last.open(stream));
    await step(() => web.last.write('id: 8\ndata: 8\n\n'));
    expect(container.textContent).toBe('open: 7 8');
  });

  test('shown again within the grace: nothing happens, however often', async () => {
    const { web, host, parts, step, advance } = createWorld();
    render(<Hook {...parts} pauseWhenHidden={2_000} />);
    await step();
    await step(() => web.last.open(stream));
    for (let round = 0; round < 10; round++) {
      await step(hide(host));
      await advance(1_900);
      await step(show(host));
      await advance(50);
    }
    expect(web.requests).toHaveLength(1);
    expect(web.last.aborted).toBe(false);
  });

  test('no attempts while hidden', async () => {
    const { web, host, parts, step, advance } = createWorld();
    render(<Hook {...parts} pauseWhenHidden={0} />);
    await step();
    await step(() => web.last.fail()); // waits for its next attempt
    await step(hide(host));
    await advance(3_600_000);
    expect(web.requests).toHaveLength(1);
    await step(show(host));
    expect(web.requests).toHaveLength(2);
  });

  test('mounted in a hidden tab: no request before it is shown', async () => {
    const { web, host, parts, step, advance } = createWorld();
    host.setFocus('hidden');
    render(<Hook {...parts} pauseWhenHidden={0} />);
    await advance(60_000);
    await step(show(host));
    expect(web.live).toBe(1);
    expect(web.requests.filter(({ aborted }) => !aborted)).toHaveLength(1);
  });
});

describe('a request that is not GET is never sent again by itself', () => {
  const leave = {
    'hidden with pauseWhenHidden': [{ pauseWhenHidden: true }, hide],
    'in the back/forward cache': [{}, (host: ManualHost) => () => host.setFocus('suspended')],
  } as const;

  test.each(Object.entries(leave))('%s and back', async (_, [options, away]) => {
    const { web, host, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} {...options} method="POST" />);
    await step();
    await step(() => web.last.open(stream));
    await step(() => web.last.write('id: 1\ndata: 1\n\n'));
    await step(away(host));
    await advance(10_000);
    await step(show(host));
    await advance(60_000);
    expect(web.requests).toHaveLength(1);
    expect(container.textContent).toMatch(/^(open|closed): 1$/);
  });

  test.each(Object.entries(leave))(
    '%s and back, with resend: it goes on from where it was',
    async (_, [options, away]) => {
      const { web, host, parts, step, advance } = createWorld();
      render(<Hook {...parts} {...options} method="POST" resend />);
      await step();
      await step(() => web.last.open(stream));
      await step(() => web.last.write('id: 1\ndata: 1\n\n'));
      await step(away(host));
      await advance(10_000);
      await step(show(host));
      expect(web.requests).toHaveLength(2);
      expect(web.last).toMatchObject({ method: 'POST', headers: { 'last-event-id': '1' } });
    },
  );

  test('a drop, an error, a time limit: each is the end', async () => {
    for (const end of ['drop', 'status', 'silence', 'unreachable', 'no answer in time']) {
      const { web, parts, step, advance } = createWorld();
      const { container, unmount } = render(<Hook {...parts} method="POST" idleTimeoutMs={1_000} />);
      await step();
      if (end === 'status') await step(() => web.last.answer(null, { status: 503 }));
      if (end === 'unreachable') await step(() => web.last.fail());
      if (end === 'drop' || end === 'silence') await step(() => web.last.open(stream));
      if (end === 'drop') await step(() => web.last.fail());
      await advance(600_000);
      await advance(600_000);
      expect([end, web.requests.length]).toEqual([end, 1]);
      expect(container.textContent).toBe('failed: ');
      unmount();
    }
  });

  test('by the user’s own `reconnect` it is', async () => {
    const { web, parts, step } = createWorld();
    let reconnect!: () => Promise<void>;
    function Retry(): ReactNode {
      ({ reconnect } = useEventSource('http://localhost/stream', { ...parts, method: 'POST' }));
      return null;
    }
    render(<Retry />);
    await step();
    await step(() => web.last.answer(null, { status: 503 }));
    await step(() => void reconnect());
    expect(web.requests).toHaveLength(2);
  });
});
