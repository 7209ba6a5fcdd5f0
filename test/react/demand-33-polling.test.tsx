// Demand 33: polling that behaves: no overlap, quiet when hidden, backing off on errors, gone on unmount.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { useLongPoll, type UseLongPollOptions, usePoll, type UsePollOptions } from '../../src/index.js';
import { createWorld } from './support.js';

const ADDRESS = 'http://localhost/data';

describe('usePoll', () => {
  function Hook(options: UsePollOptions): ReactNode {
    const { status, messages, error } = usePoll(ADDRESS, { intervalMs: 1_000, ...options });
    return `${status} ${messages.map(({ data }) => JSON.stringify(data)).join()} ${error?.kind ?? ''}`;
  }

  test('an answer that takes longer than the interval: never two in flight', async () => {
    const { web, parts, step, advance } = createWorld();
    render(<Hook {...parts} />);
    await step();
    let most = 0;
    for (let round = 1; round <= 5; round++) {
      for (let second = 0; second < 5; second++) {
        await advance(1_000);
        most = Math.max(most, web.live);
      }
      expect(web.requests).toHaveLength(round);
      await step(() => web.last.answer({ round }));
      await advance(1_000);
    }
    expect(most).toBe(1);
  });

  test('hidden: no requests; shown: one at once, and the rhythm goes on', async () => {
    const { web, host, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} />);
    await step();
    await step(() => web.last.answer('1'));
    await step(() => host.setFocus('hidden'));
    await advance(600_000);
    expect(web.requests).toHaveLength(1);
    await step(() => host.setFocus('visible'));
    expect(web.requests).toHaveLength(2);
    await step(() => web.last.answer('2'));
    await advance(1_000);
    expect(web.requests).toHaveLength(3);
    expect(container.textContent).toBe('open 1,2 ');
  });

  test('an answer that comes while hidden is taken, and nothing more is asked', async () => {
    const { web, host, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} />);
    await step();
    await step(() => host.setFocus('hidden'));
    await step(() => web.last.answer('1'));
    await advance(600_000);
    expect(web.requests).toHaveLength(1);
    expect(container.textContent).toBe('open 1 ');
    // flickering is no reason to ask twice
    for (const seen of ['visible', 'hidden', 'visible', 'hidden', 'visible'] as const)
      await step(() => host.setFocus(seen));
    expect(web.requests).toHaveLength(2);
    expect(web.live).toBe(1);
  });

  test('pauseWhenHidden: false goes on', async () => {
    const { web, host, parts, step, advance } = createWorld();
    render(<Hook {...parts} pauseWhenHidden={false} />);
    await step();
    await step(() => host.setFocus('hidden'));
    for (let round = 1; round <= 3; round++) {
      await step(() => web.last.answer(String(round)));
      await advance(1_000);
    }
    expect(web.requests).toHaveLength(4);
  });

  test('5xx: growing waits, also across intervals; one good answer ends them', async () => {
    const { web, host, parts, step, advance, untilNext } = createWorld();
    const random = (): number => 1 - Number.EPSILON;
    const { container } = render(<Hook {...parts} host={{ ...host, random }} />);
    await step();
    const waits: number[] = [];
    for (let round = 1; round <= 5; round++) {
      await step(() => web.last.answer(null, { status: 503 }));
      waits.push((await untilNext(() => web.requests.length === round + 1)) + 16);
    }
    for (const [index, wait] of waits.entries()) expect(Math.abs(wait - 500 * 2 ** index)).toBeLessThanOrEqual(10);
    expect(container.textContent).toMatch(/^connecting {2}refused/);
    await step(() => web.last.answer('1'));
    expect(container.textContent).toBe('open 1 ');
    await advance(1_000);
    expect(web.requests).toHaveLength(7);
  });

  test('what has not changed is not sent again: ETag and 304', async () => {
    const { web, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} />);
    await step();
    await step(() => web.last.answer('1', { headers: { etag: '"a"' } }));
    await advance(1_000);
    expect(web.last.headers['if-none-match']).toBe('"a"');
    await step(() => web.last.answer(null, { status: 304 }));
    await advance(1_000);
    expect(web.last.headers['if-none-match']).toBe('"a"');
    await step(() => web.last.answer('2', { headers: { etag: '"b"' } }));
    expect(container.textContent).toBe('open 1,2 ');
  });

  test.each(['in flight', 'between two'])('unmounted %s: given up, and nothing is left', async (moment) => {
    const { web, parts, step, advance, expectNothingLeft } = createWorld();
    const { unmount } = render(<Hook {...parts} lingerMs={0} />);
    await step();
    if (moment === 'between two') await step(() => web.last.answer('1'));
    unmount();
    await advance(0);
    // the request in flight is aborted, the one that was answered is not
    expect(web.last.live).toBe(false);
    expectNothingLeft();
    await advance(600_000);
    expect(web.requests).toHaveLength(1);
  });
});

describe('useLongPoll', () => {
  function Hook({ heard = [], ...options }: UseLongPollOptions & { readonly heard?: unknown[] }): ReactNode {
    const { status, count } = useLongPoll(ADDRESS, { ...options, onMessage: ({ data }) => void heard.push(data) });
    return `${status} ${count}`;
  }

  test('204 at once, again and again: asked again, but at most once per minimum gap', async () => {
    const world = createWorld({ onRequest: (request) => request.answer(null, { status: 204 }) });
    const { container } = render(<Hook {...world.parts} minGapMs={250} />);
    await world.step();
    for (let tenth = 0; tenth < 100; tenth++) await world.advance(100);
    // ten seconds, four per second, the first one, and the steps of this test
    expect(world.web.requests.length).toBeGreaterThan(30);
    expect(world.web.requests.length).toBeLessThanOrEqual(1 + 40 + 1);
    expect(container.textContent).toBe('open 0');
  });

  test('204 after it was held, and a full answer: asked again at once', async () => {
    const { web, parts, step, advance } = createWorld();
    render(<Hook {...parts} />);
    await step();
    await advance(25_000);
    await step(() => web.last.answer(null, { status: 204 }));
    expect(web.requests).toHaveLength(2);
    await step(() => web.last.answer([1]));
    expect(web.requests).toHaveLength(3);
  });

  test('an array is one message per item, also where `split` is undefined', async () => {
    const { web, parts, step } = createWorld();
    function Count(): ReactNode {
      return useLongPoll(ADDRESS, { ...parts, split: undefined }).count;
    }
    const { container } = render(<Count />);
    await step();
    await step(() => web.last.answer([1, 2, 3]));
    await step();
    expect(container.textContent).toBe('3');
  });

  test('held too long: given up and made again, one at a time', async () => {
    const { web, parts, step, advance } = createWorld();
    const { container } = render(<Hook {...parts} timeoutMs={30_000} />);
    await step();
    await step(() => web.last.answer([1]));
    for (let round = 2; round <= 4; round++) {
      await advance(30_000);
      expect(web.requests).toHaveLength(round + 1);
      expect(web.live).toBe(1);
    }
    expect(container.textContent).toBe('open 1');
  });

  test('the cursor moves once per batch, and each message arrives once', async () => {
    const { web, parts, step } = createWorld();
    const heard: unknown[] = [];
    const asked: number[] = [];
    const cursor = (body: unknown): string => {
      asked.push(1);
      return String((body as readonly number[]).at(-1));
    };
    const { container } = render(<Hook {...parts} heard={heard} cursor={cursor} />);
    await step();
    await step(() => web.last.answer([1, 2, 3]));
    await step(() => web.last.answer([4, 5]));
    await step(() => web.last.answer([6]));
    expect(asked).toHaveLength(3);
    expect(web.requests.map(({ url }) => new URL(url).searchParams.get('cursor'))).toEqual([null, '3', '5', '6']);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
    expect(container.textContent).toBe('open 6');
  });

  test('after a failure it goes on from the cursor, after a growing wait', async () => {
    const { web, host, parts, step, untilNext } = createWorld();
    const random = (): number => 1 - Number.EPSILON;
    render(
      <Hook {...parts} host={{ ...host, random }} cursor={(body) => String((body as readonly number[]).at(-1))} />,
    );
    await step();
    await step(() => web.last.answer([1, 2]));
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const before = web.requests.length;
      await step(() => (round % 2 ? web.last.fail() : web.last.answer(null, { status: 502 })));
      waits.push(await untilNext(() => web.requests.length > before));
      expect(new URL(web.last.url).searchParams.get('cursor')).toBe('2');
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(4);
  });

  test('hidden: it goes on by default, and rests with pauseWhenHidden', async () => {
    for (const pauseWhenHidden of [false, 0]) {
      const { web, host, parts, step, advance } = createWorld();
      const { unmount } = render(<Hook {...parts} pauseWhenHidden={pauseWhenHidden} />);
      await step();
      await step(() => host.setFocus('hidden'));
      await advance(0);
      expect(web.live).toBe(pauseWhenHidden === false ? 1 : 0);
      await step(() => host.setFocus('visible'));
      expect(web.requests).toHaveLength(pauseWhenHidden === false ? 1 : 2);
      unmount();
    }
  });

  test('unmounted while held: given up', async () => {
    const { web, parts, advance, step, expectNothingLeft } = createWorld();
    const { unmount } = render(<Hook {...parts} lingerMs={0} />);
    await step();
    unmount();
    await advance(0);
    expect(web.last.aborted).toBe(true);
    expectNothingLeft();
  });
});
