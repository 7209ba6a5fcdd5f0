// @vitest-environment node
// Values to frames and back; what cannot be read or said comes with a cure.

import { describe, expect, test } from 'vitest';
import { RealtimeError } from '../../src/base/error.js';
import { bytes, type Codec, codecOf, json, text } from '../../src/protocol/codec.js';
import type { Data, Frame } from '../../src/transport/transport.js';

const octets = new Uint8Array([104, 195, 169]);
const blob = new Blob([octets]);

/** What is thrown; fails where nothing is. */
function thrown(run: () => unknown): RealtimeError {
  try {
    run();
  } catch (error) {
    if (error instanceof RealtimeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('json', () => {
  test.each([[{ a: [1, 'é', null] }], [[]], ['text'], [0], [false], [null]])('%j there and back', (value) => {
    expect(json.decode(json.encode(value))).toEqual(value);
  });

  test.each(['', ' ', 'hello', '{"a":1', "{'a':1}", '{"a":1} trailing', 'undefined', 'NaN', '[1,]'])(
    'refuses %j, and says what else there is',
    (frame) => {
      const error = thrown(() => json.decode(frame));
      expect(error.kind).toBe('parse');
      expect(error.message).toContain("codec: 'text'");
      expect(error.cause).toBeInstanceOf(SyntaxError);
    },
  );

  test.each<[string, Frame]>([
    ['bytes', octets],
    ['a blob', blob],
  ])('refuses %s, and says what else there is', (_name, frame) => {
    const error = thrown(() => json.decode(frame));
    expect(error).toMatchObject({ kind: 'parse', message: expect.stringContaining("codec: 'bytes'") as string });
  });

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
  ])('throws %s in the face of the one who sends it', (_name, value) => {
    expect(thrown(() => json.encode(value))).toMatchObject({ kind: 'invalid' });
  });

  test('throws what the platform throws: circles and bigints', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => json.encode(circle)).toThrow(TypeError);
    expect(() => json.encode(1n)).toThrow(TypeError);
  });

  test('__proto__ in a frame is data, and pollutes nothing', () => {
    const value = json.decode('{"__proto__":{"polluted":true}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('text', () => {
  test('as it is', () => {
    expect(text.encode('hé')).toBe('hé');
    expect(text.decode('')).toBe('');
  });

  test('bytes are refused with the cure', () => {
    expect(thrown(() => text.decode(octets))).toMatchObject({
      kind: 'parse',
      message: expect.stringContaining("codec: 'bytes'") as string,
    });
  });
});

describe('bytes', () => {
  test('as they are; text as its UTF-8', () => {
    expect(bytes.encode(octets)).toBe(octets);
    expect(bytes.decode(octets)).toBe(octets);
    expect(bytes.decode('hé')).toEqual(octets);
  });

  test('a blob is refused with the cure', () => {
    expect(thrown(() => bytes.decode(blob))).toMatchObject({
      kind: 'parse',
      message: expect.stringContaining("binaryType: 'arraybuffer'") as string,
    });
  });
});

describe('the option', () => {
  test('a short name, one of your own, or json', () => {
    const own: Codec<string[], string[]> = {
      name: 'csv',
      encode: (row): Data => row.join(','),
      decode: (frame) => (typeof frame === 'string' ? frame.split(',') : []),
    };
    expect(codecOf('text')).toBe(text);
    expect(codecOf('bytes')).toBe(bytes);
    expect(codecOf('json')).toBe(json);
    expect(codecOf(undefined)).toBe(json);
    expect(codecOf(own)).toBe(own);
    expect(own.decode(own.encode(['a', 'b']))).toEqual(['a', 'b']);
  });
});
