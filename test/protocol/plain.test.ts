// @vitest-environment node
// Any socket: each frame is a message, or the answer to a heartbeat, or a fault.

import { describe, expect, test } from 'vitest';
import type { RealtimeError } from '../../src/base/error.js';
import { type Message, plain, type PlainOptions } from '../../src/protocol/plain.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import type { Frame, FrameMeta } from '../../src/transport/transport.js';

const NOW = 1_700_000_000_000;

function heard(options: PlainOptions, frames: readonly (Frame | readonly [Frame, FrameMeta])[]) {
  const messages: Message[] = [];
  const faults: { readonly error: RealtimeError; readonly frame: Frame }[] = [];
  let pongs = 0;
  const protocol = plain(
    () => options,
    () => NOW,
  );
  const session = protocol.start({
    clock: createManualClock(),
    asked: () => {},
    event: (message) => void messages.push(message),
    pong: () => void pongs++,
    fault: (error, frame) => void faults.push({ error, frame }),
    ended: () => {},
  });
  for (const each of frames) {
    const [frame, meta] = Array.isArray(each) ? (each as readonly [Frame, FrameMeta]) : [each as Frame, undefined];
    session.receive(frame, meta);
  }
  return { protocol, messages, faults, pongs, data: messages.map((message) => message.data) };
}

describe('a frame', () => {
  test('is a message, with its moment', () => {
    expect(heard({}, ['{"a":1}']).messages).toEqual([{ data: { a: 1 }, type: 'message', receivedAt: NOW }]);
  });

  test('carries the type and the id that the transport knows, and no id where there is none', () => {
    const { messages } = heard({ codec: 'text' }, [
      ['a', { type: 'note', id: '7' }],
      ['b', { type: 'note' }],
      ['c', { id: '' }],
      'd',
    ]);
    expect(messages).toEqual([
      { data: 'a', type: 'note', id: '7', receivedAt: NOW },
      { data: 'b', type: 'note', receivedAt: NOW },
      { data: 'c', type: 'message', id: '', receivedAt: NOW },
      { data: 'd', type: 'message', receivedAt: NOW },
    ]);
    expect('id' in (messages[1] ?? {})).toBe(false);
  });

  test('that the codec cannot read is a fault, and nothing else is lost', () => {
    const { data, faults } = heard({}, ['1', 'hello', '2']);
    expect(data).toEqual([1, 2]);
    expect(faults).toMatchObject([{ frame: 'hello', error: { kind: 'parse' } }]);
  });

  test('at which a codec of your own throws is a fault with its cause', () => {
    const cause = new Error('not csv');
    const codec = {
      name: 'csv',
      encode: String,
      decode() {
        throw cause;
      },
    };
    const { faults, data } = heard({ codec }, ['x']);
    expect(faults).toMatchObject([{ frame: 'x', error: { kind: 'parse', cause } }]);
    expect(data).toEqual([]);
  });
});

describe('split', () => {
  test('an array is one message per item, in order, with one meta', () => {
    const { messages } = heard({ split: true }, [['[1,[2],{"n":3}]', { type: 'batch', id: '9' }]]);
    expect(messages).toEqual([
      { data: 1, type: 'batch', id: '9', receivedAt: NOW },
      { data: [2], type: 'batch', id: '9', receivedAt: NOW },
      { data: { n: 3 }, type: 'batch', id: '9', receivedAt: NOW },
    ]);
  });

  test('an empty array is no message; what is no array stays whole', () => {
    expect(heard({ split: true }, ['[]', '{"n":1}', '"text"']).data).toEqual([{ n: 1 }, 'text']);
  });

  test('is off unless asked for', () => {
    expect(heard({}, ['[1,2]']).data).toEqual([[1, 2]]);
  });
});

describe('the heartbeat', () => {
  const isReply = (frame: Frame): boolean => frame === 'pong';

  test('its answer is no message', () => {
    const { data, pongs } = heard({ codec: 'text', isReply }, ['pong', 'other', 'pong']);
    expect(data).toEqual(['other']);
    expect(pongs).toBe(2);
  });

  test('without a question nothing is taken for an answer', () => {
    expect(heard({ codec: 'text' }, ['pong'])).toMatchObject({ data: ['pong'], pongs: 0 });
  });

  test('a judge of answers that throws makes a fault of that frame', () => {
    const { data, faults } = heard(
      {
        isReply(frame) {
          if (frame === '1') throw new Error('bad judge');
          return false;
        },
      },
      ['1', '2'],
    );
    expect(data).toEqual([2]);
    expect(faults).toHaveLength(1);
  });

  test('the question: a word, one of your own, or one made afresh each time', () => {
    const questionOf = (options: PlainOptions) => heard(options, []).protocol.ping();
    let n = 0;
    const options: PlainOptions = { ping: () => `ping ${++n}` };
    expect(questionOf({})).toBe('ping');
    expect(questionOf({ ping: '{"op":"ping"}' })).toBe('{"op":"ping"}');
    expect([questionOf(options), questionOf(options)]).toEqual(['ping 1', 'ping 2']);
  });
});

test('what is sent goes through the codec, in the caller’s stack', () => {
  const { protocol } = heard({}, []);
  expect(protocol.encode({ a: 1 })).toBe('{"a":1}');
  expect(() => protocol.encode(undefined)).toThrow('JSON cannot carry');
});

test('options are read late', () => {
  let options: PlainOptions = {};
  const protocol = plain(
    () => options,
    () => NOW,
  );
  options = { codec: 'text' };
  expect(protocol.encode('plain')).toBe('plain');
});
