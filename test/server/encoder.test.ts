// What rooms tell, as JSON: made once, and never that of another room, another event, or one that could not be made.

import { expect, test } from 'vitest';
import type { RoomEvent, RoomMessage } from '../../src/server/backplane.js';
import { createEncoder } from '../../src/server/encoder.js';

const message = (fields: Partial<RoomMessage> = {}): RoomMessage => ({
  ...{ offset: 1, id: 'm1', from: 'ada', type: 'message', at: 1, epoch: 'e', payload: '"x"' },
  ...fields,
});
const read = (text: string): unknown => JSON.parse(text);

test('one object in two rooms is an event of each, in any order', () => {
  const encoder = createEncoder();
  const events: readonly RoomEvent[] = [
    { kind: 'resync' },
    { kind: 'message', message: message() },
    { kind: 'presence', seq: 3, changes: [{ op: 'leave', user: 'ada', connection: 'c', n: 1 }] },
  ];
  for (const event of events)
    for (const room of ['a', 'b', 'b', 'a', '"]}\n', '__proto__'])
      expect(read(encoder.event(room, event))).toMatchObject({ room });
});

test('rooms in turns: each is told its own', () => {
  const encoder = createEncoder();
  for (let offset = 1; offset < 20; offset++)
    for (const room of ['a', 'b', 'a']) {
      const text = encoder.event(room, {
        kind: 'message',
        message: message({ offset, payload: `"${room}${offset}"` }),
      });
      expect(read(text)).toMatchObject({ t: 'message', room, offset, data: `${room}${offset}` });
    }
});

test('bytes, in an event and in what is past', () => {
  const encoder = createEncoder();
  const bytes = message({ payload: Uint8Array.from([0, 255, 34, 92]) });
  const data = 'AP8iXA==';
  expect(read(encoder.event('a', { kind: 'message', message: bytes }))).toMatchObject({ type: 'binary', data });
  const past = { epoch: 'e', offset: 1, messages: [bytes, bytes], more: false };
  for (let each = 0; each < 2; each++)
    expect(read(encoder.joined('a', 1, past))).toMatchObject({ messages: [{ data }, { type: 'binary', data }] });
});

test('one that cannot be made is told to nobody, nor is the text of another in its place', () => {
  const encoder = createEncoder();
  const deep: Record<string, unknown> = {};
  deep['self'] = deep;
  const entry = { user: 'ada', connection: 'c', n: 1, data: deep, joinedAt: 1 };
  const bad: RoomEvent = { kind: 'presence', seq: 1, changes: [{ op: 'enter', entry }] };
  encoder.event('a', { kind: 'message', message: message() });
  for (let each = 0; each < 2; each++) expect(() => encoder.event('a', bad)).toThrow(TypeError);
});
