// Polls that are behind by more than one answer carries: cut, and gone on with from the cursor of each.

import { describe, expect, it } from 'vitest';
import { createFeed, longPoll } from '../../../src/core.js';
import { ask, start } from './support.js';

const BIG = 900_000;
const big = (n: number): string => String(n).padEnd(BIG, 'x');
const numbers = (body: string): readonly number[] => (JSON.parse(body) as string[]).map((each) => parseInt(each, 10));

describe('an answer', () => {
  it.each(['', '&wait=20', '&wait=20&replay=5'])(
    '?cursor=…%s carries about 1 MiB, and one message at least',
    async (query) => {
      const { realtime, at } = await start();
      const zero = realtime.publish('x', 'zero');
      const ids = [1, 2, 3].map((each) => realtime.publish('x', big(each)).id);
      const small = realtime.publish('x', 4).id;
      const seen: unknown[] = [];
      let cursor: unknown = zero.id;
      for (let i = 0; i < 3; i++) {
        const { body, headers } = await ask(at(`room=x&cursor=${String(cursor)}${query}`));
        cursor = headers['roomtone-cursor'];
        seen.push([numbers(body), cursor, headers['roomtone-resume']]);
      }
      expect(seen).toEqual([
        [[1], ids[0], 'resumed'],
        [[2], ids[1], 'resumed'],
        [[3, 4], small, 'resumed'],
      ]);
    },
  );

  it('after a gap goes on without another', async () => {
    const { realtime, at } = await start();
    const ids = [1, 2].map((each) => realtime.publish('x', big(each)).id);
    const gap = await ask(at('room=x&cursor=other-1'));
    expect([numbers(gap.body), gap.headers['roomtone-cursor'], gap.headers['roomtone-resume']]).toEqual([
      [1],
      ids[0],
      'gap',
    ]);
    const rest = await ask(at(`room=x&cursor=${ids[0]}`));
    expect([numbers(rest.body), rest.headers['roomtone-resume']]).toEqual([[2], 'resumed']);
  });

  it('of what is kept names its own last message, and is known again by its tag', async () => {
    const { realtime, at } = await start();
    const ids = [1, 2].map((each) => realtime.publish('x', big(each)).id);
    const first = await ask(at('room=x'));
    expect([numbers(first.body), first.headers['roomtone-cursor']]).toEqual([[1], ids[0]]);
    const headers = { 'if-none-match': first.headers.etag };
    expect(await ask(at('room=x'), { headers })).toMatchObject({ status: 304, headers: { 'roomtone-cursor': ids[0] } });
  });

  it('that was held is cut too', async () => {
    const { realtime, http, at } = await start();
    const { id } = realtime.publish('x', 0);
    const held = ask(at(`room=x&wait=20&cursor=${id}`));
    await new Promise((resolve) => http.once('request', resolve));
    const ids = [1, 2].map((each) => realtime.publish('x', big(each)).id);
    const { body, headers } = await held;
    expect([numbers(body), headers['roomtone-cursor']]).toEqual([[1], ids[0]]);
  });

  it('with bytes counts them as they travel', async () => {
    const { realtime, at } = await start();
    for (let i = 0; i < 2; i++) realtime.publish('x', new Uint8Array(600_000));
    expect(JSON.parse((await ask(at('room=x'))).body)).toHaveLength(1);
  });
});

it('a client gets past five messages of 900 kB', async () => {
  const { realtime, at } = await start();
  const seen: number[] = [];
  realtime.publish('x', '0');
  let all = (): void => {};
  const feed = createFeed<string>({
    transport: longPoll(at('room=x&wait=20&replay=1')),
    split: true,
    retry: { initialDelayMs: 10, maxDelayMs: 10 },
    onMessage({ data }) {
      seen.push(parseInt(data, 10));
      all();
    },
  });
  const unsubscribe = feed.subscribe(() => {});
  await new Promise<void>((resolve) => (all = resolve));
  feed.disconnect();
  for (let i = 1; i <= 5; i++) realtime.publish('x', big(i));
  const done = new Promise<void>((resolve) => (all = () => void (seen.length === 6 && resolve())));
  feed.connect();
  await done;
  unsubscribe();
  feed.close();
  expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
});
