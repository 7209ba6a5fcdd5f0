// What our own code publishes: refused with words where it cannot travel, and kept as it was.

import { describe, expect, it } from 'vitest';
import { ask, connect, start } from './support.js';

const circular: { self?: unknown } = {};
circular.self = circular;

describe('publish', () => {
  it.each<[string, unknown, RegExp]>([
    ['', 1, /A room has/],
    ['a\nb', 1, /A room has/],
    ['x', undefined, /cannot carry/],
    ['x', () => {}, /cannot carry/],
    ['x', 1n, /cannot carry.*BigInt/],
    ['x', circular, /cannot carry.*circular/i],
    ['x', { toJSON: () => JSON.parse('{') as unknown }, /cannot carry/],
  ])('to %j of %s throws', async (room, data, message) => {
    const { realtime } = await start();
    expect(() => realtime.publish(room, data)).toThrow(message);
    expect(() => realtime.publish(room, data)).toThrow(expect.objectContaining({ kind: 'config' }));
  });

  it.each<[string, (bytes: Uint8Array<ArrayBuffer>) => unknown]>([
    ['Uint8Array', (bytes) => bytes.subarray(1, 4)],
    ['Buffer', (bytes) => Buffer.from(bytes.buffer, 1, 3)],
    ['DataView', (bytes) => new DataView(bytes.buffer, 1, 3)],
    ['ArrayBuffer', (bytes) => bytes.subarray(1, 4).slice().buffer],
  ])('keeps the bytes of a %s as they were', async (_, make) => {
    const { realtime, at } = await start();
    const bytes = new Uint8Array([0, 1, 2, 3, 4]);
    const data = make(bytes);
    realtime.publish('x', data);
    bytes.fill(9);
    if (data instanceof ArrayBuffer) new Uint8Array(data).fill(9);
    expect(await (await connect(at('room=x&replay=1'))).next()).toEqual(Buffer.from([1, 2, 3]));
    expect((await ask(at('room=x'))).body).toBe('["AQID"]');
  });
});
