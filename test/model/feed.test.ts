// @vitest-environment node
// The fold of a stream: batches in, one model out, and the same one where nothing changed.

import { describe, expect, test } from 'vitest';
import { type ConnectionState, restingState, type Status } from '../../src/connection/status.js';
import { type FeedEvent, type FeedModel, feedStateOf, initialFeedModel, reduceFeed } from '../../src/model/feed.js';
import type { Message } from '../../src/protocol/plain.js';
import { type Chance, overSeeds } from '../support/seed.js';

const message = (n: number): Message<number> => ({ data: n, type: 'message', receivedAt: n });
const said = (n: number): FeedEvent<number> => ({ type: 'messages', messages: [message(n)] });
const several = (n: number): FeedEvent<number> => ({
  type: 'messages',
  messages: [n, n + 0.1, n + 0.2].slice(0, n % 4).map(message),
});
const became = (connection: ConnectionState): FeedEvent<number> => ({ type: 'connection', connection });
const clear: FeedEvent<number> = { type: 'clear' };
const passed = (n: number): FeedEvent<number> => ({ type: 'passed', count: n });
const start = initialFeedModel<number>(restingState);
const open: ConnectionState = { ...restingState, status: 'open' };
const dataOf = (model: FeedModel<number>): number[] => feedStateOf(model).messages.map(({ data }) => data);

describe('one batch', () => {
  test('all of it in order, bounded, and counted past the bound', () => {
    const model = reduceFeed(start, [1, 2, 3, 4, 5].map(said), 3);
    expect(dataOf(model)).toEqual([3, 4, 5]);
    expect(feedStateOf(model)).toMatchObject({ count: 5, lastMessage: message(5) });
  });

  test('the newest state of the connection wins', () => {
    const offline: ConnectionState = { ...open, status: 'offline' };
    const model = reduceFeed(start, [became(open), said(1), became(offline)], 10);
    expect(model.connection).toBe(offline);
    expect(dataOf(model)).toEqual([1]);
  });

  test('clear forgets what came before it, and only that', () => {
    const model = reduceFeed(reduceFeed(start, [said(1)], 10), [said(2), clear, said(3)], 10);
    expect(dataOf(model)).toEqual([3]);
    expect(feedStateOf(model)).toMatchObject({ count: 3, lastMessage: message(3) });
    const emptied = feedStateOf(reduceFeed(model, [clear], 10));
    expect(emptied).toMatchObject({ messages: [], lastMessage: null, count: 3 });
  });

  test('what newer ones have taken the place of counts, and is nowhere else', () => {
    const model = reduceFeed(start, [said(1), passed(7)], 10);
    expect(feedStateOf(model)).toMatchObject({ count: 8, lastMessage: message(1) });
    expect(dataOf(model)).toEqual([1]);
    expect(feedStateOf(reduceFeed(model, [clear, passed(1)], 10)).count).toBe(9);
  });

  test('a history of none still has its newest message', () => {
    const model = reduceFeed(start, [said(1), said(2)], 0);
    expect(feedStateOf(model)).toMatchObject({ messages: [], count: 2, lastMessage: message(2) });
  });
});

describe('the same model', () => {
  test.each<[string, readonly FeedEvent<number>[]]>([
    ['no events', []],
    ['emptied where nothing was', [clear]],
    ['the connection as it was', [became(restingState)]],
    ['there and back again', [became(open), became(restingState)]],
  ])('%s', (_name, events) => {
    expect(reduceFeed(start, events, 10)).toBe(start);
  });

  test('the connection changes and the messages stay the same array', () => {
    const before = reduceFeed(start, [said(1)], 10);
    const { messages } = feedStateOf(before);
    const after = reduceFeed(before, [became(open)], 10);
    expect(after).not.toBe(before);
    expect(feedStateOf(after).messages).toBe(messages);
  });

  test('an older model is what it was', () => {
    const before = reduceFeed(start, [said(1)], 10);
    reduceFeed(before, [said(2), clear], 10);
    expect(dataOf(before)).toEqual([1]);
    expect(dataOf(start)).toEqual([]);
  });
});

describe('what is shown', () => {
  test.each<[Status, number]>([
    ['idle', -1],
    ['connecting', 0],
    ['reconnecting', 0],
    ['open', 1],
    ['offline', 3],
    ['closed', 3],
    ['failed', 3],
  ])('%s is %d', (status, readyState) => {
    const connection = { ...restingState, status };
    expect(feedStateOf(initialFeedModel(connection))).toMatchObject({ ...connection, readyState });
  });

  test('messages are the same array each time they are read', () => {
    const state = feedStateOf(reduceFeed(start, [said(1)], 10));
    expect(state.messages).toBe(state.messages);
  });
});

function walk({ below, pick }: Chance): void {
  const states = [restingState, open, { ...open, queued: 1 }] as const;
  let model = start;
  let naive = {
    items: [] as Message<number>[],
    count: 0,
    last: null as Message<number> | null,
    connection: restingState,
  };
  for (let batch = 0; batch < 60; batch++) {
    const limit = pick([0, 1, 5, 5, 5, 20]);
    const events: FeedEvent<number>[] = [];
    let grew = false;
    let cleared = false;
    let passedBy = false;
    const before = { ...naive, items: [...naive.items] };
    for (let n = below(8); n > 0; n--) {
      const event = pick([said, said, several, () => became(pick(states)), () => clear, passed])(batch * 100 + n);
      events.push(event);
      if (event.type === 'messages') {
        const { items, count } = naive;
        const { messages } = event;
        if (messages.length > 0) grew = true; // none at all is no news
        naive = { ...naive, items: [...items, ...messages], count: count + messages.length };
        naive.last = messages.at(-1) ?? naive.last;
      } else if (event.type === 'clear') {
        cleared = true;
        naive = { ...naive, items: [], last: null };
      } else if (event.type === 'passed') {
        passedBy = true;
        naive = { ...naive, count: naive.count + event.count };
      } else naive = { ...naive, connection: event.connection };
    }
    if (grew) naive = { ...naive, items: naive.items.slice(Math.max(0, naive.items.length - limit)) };
    const older = model;
    model = reduceFeed(model, events, limit);
    expect(feedStateOf(model)).toMatchObject({ count: naive.count, lastMessage: naive.last });
    expect(feedStateOf(model).messages).toEqual(naive.items);
    expect(model.connection).toBe(naive.connection);
    expect(feedStateOf(older).messages).toEqual(before.items);
    if (!grew && !cleared && !passedBy && naive.connection === before.connection) expect(model).toBe(older);
  }
}

test('a random walk, against arrays', () => {
  overSeeds(60, walk);
});
