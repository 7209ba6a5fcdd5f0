// @vitest-environment node
// What was asked and what answers it, by name: that a server's answers end the wait, and what a large question costs.

import { afterEach, expect, test, vi } from 'vitest';
import { publishEvent } from '../../src/client/publication.js';
import { createQuestions } from '../../src/protocol/questions.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

afterEach(() => void vi.restoreAllMocks());

const place = { epoch: 'e1', offset: 1, at: 1 };

test.each(['a', ',"data":', '"', '\\', '}', '{"t":"publish","data":1}'])(
  'a message to the room %j is answered by its own ack, and by no other',
  (room) => {
    const questions = createQuestions({ clock: createManualClock(), asked: () => {} });
    questions.said([publishEvent(room, ',"data":x', { room: 'b', id: 'n', data: 1 }, 'chat')]);
    questions.heard({ t: 'ack', room, id: 'n', ...place });
    expect(questions.since).toBeLessThan(Infinity);
    questions.heard({ t: 'ack', room, id: ',"data":x', ...place });
    expect(questions.since).toBe(Infinity);
  },
);

test('what is published is not read again, however large: only what it is about', () => {
  const questions = createQuestions({ clock: createManualClock(), asked: () => {} });
  const event = publishEvent('a', 'm', Array.from({ length: 10_000 }).fill('large'), 'chat');
  const parse = vi.spyOn(JSON, 'parse');
  questions.said([event]);
  expect(parse.mock.calls.every(([text]) => text.length < 100)).toBe(true);
  questions.heard({ t: 'ack', room: 'a', id: 'm', ...place });
  expect(questions.since).toBe(Infinity);
});

test('a join says more than its name, in any shape: it is answered all the same', () => {
  const questions = createQuestions({ clock: createManualClock(), asked: () => {} });
  questions.said(['{"t":"join","room":"a","join":3,"presence":{"id":"x","data":1}}']);
  questions.heard({ t: 'joined', room: 'a', join: 3, epoch: 'e1', offset: 0, messages: [], more: false });
  expect(questions.since).toBe(Infinity);
});
