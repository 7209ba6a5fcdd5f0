// Questions about wires over channels that lose, double, delay and invent: what counts is the first answer that knows the wire, in time.

import { expect, test } from 'vitest';
import { createRedisRelay, type RedisRelay } from '../../../src/server/node/redis/redis-relay.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';

const TIMEOUT_MS = 100;

/** Channels between two relays; whatever is told passes `way`, which may say it never, later or twice. */
function createChannels() {
  const clock = createManualClock();
  const ears = new Map<string, Set<RedisRelay>>();
  const told: { readonly channel: string; readonly text: string }[] = [];
  let isOpen = true;
  const say = (channel: string, text: string): void => {
    for (const relay of ears.get(channel) ?? []) relay.hear(channel, text);
  };
  const create = (node: string): RedisRelay => {
    let turn = 0;
    const relay: RedisRelay = createRedisRelay({
      clock,
      prefix: 'p:',
      node,
      timeoutMs: TIMEOUT_MS,
      id: () => `${node}-${turn++}`,
      link: {
        async subscribe(channel) {
          ears.set(channel, (ears.get(channel) ?? new Set()).add(relay));
        },
        unsubscribe: (channel) => void ears.get(channel)?.delete(relay),
        async tell(channel, text) {
          told.push({ channel, text });
          if (isOpen) queueMicrotask(() => say(channel, text));
          return ears.get(channel)?.size ?? 0;
        },
      },
    });
    return relay;
  };
  return {
    clock,
    told,
    say,
    create,
    shut: () => void (isOpen = false),
  };
}
const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an answer that comes twice, late, or to nobody’s question changes nothing', async () => {
  const { clock, told, say, create, shut } = createChannels();
  const [one, other] = [create('one'), create('other')];
  let n = 0;
  await one.claim('wire', { answer: async (question) => `${question} ${n++}`, taken: () => {} });
  expect(await other.ask('wire', 'first', 0)).toBe('first 0');
  const { channel = '', text = '' } = told.at(-1) ?? {};
  expect(channel).toBe('p:answers:other');
  say(channel, text);
  expect(await other.ask('wire', 'second', 0)).toBe('second 1');
  shut();
  const asked = other.ask('wire', 'third', 1_000);
  await turnOver();
  const question = told.at(-1);
  // as if it were the first one's
  say(channel, text);
  clock.advance(1_000 + TIMEOUT_MS - 1);
  const found: unknown[] = [];
  void asked.then((answer) => found.push(answer));
  await turnOver();
  expect(found).toEqual([]);
  clock.advance(1);
  expect(await asked).toBe(undefined);
  // the question gets there after all, and so does its answer
  say(question?.channel ?? '', question?.text ?? '');
  await turnOver();
  expect(n).toBe(3);
  say(told.at(-1)?.channel ?? '', told.at(-1)?.text ?? '');
});

test('who does not know the wire can neither ask, nor answer, nor take it', async () => {
  const { clock, told, say, create, shut } = createChannels();
  const [one, other] = [create('one'), create('other')];
  const heard: string[] = [];
  let losses = 0;
  await one.claim('wire', {
    answer: async (question) => (heard.push(question), 'yes'),
    taken: () => void losses++,
  });
  await one.claim('wire b', { answer: async () => 'no', taken: () => {} });
  await other.ask('wire b', 'x', 0);
  const [claim, , question, answer] = told;
  const [line = '', closed = ''] = (question?.text ?? '').split('\n');
  for (const text of [
    claim?.text.replace('one-', 'someone-'), // claims under another name
    question?.text, // of another wire
    `${line}\n${closed.slice(0, -8)}AAAAAAA=`,
    `${line}\n`,
    line,
    '',
    'null\n',
    '7\nx',
    '["question"]\n',
  ])
    say(claim?.channel ?? '', text ?? '');
  await turnOver();
  expect([heard, losses]).toEqual([[], 0]);
  shut();
  const asked = other.ask('wire', 'x', 0);
  await turnOver();
  const [, id = ''] = /"(other-\d+)"/.exec(told.at(-1)?.text ?? '') ?? [];
  say('p:answers:other', (answer?.text ?? '').replace(/other-\d+/, id));
  say('p:answers:other', `["answer","${id}",""]\nyes`);
  clock.advance(TIMEOUT_MS);
  expect(await asked).toBe(undefined);
});
