// Bodies read up to a bound, in pieces cut anywhere, and where there are no streams.

import { expect, test } from 'vitest';
import { readBody } from '../../src/transport/read-body.js';

/** A response whose body comes in these pieces; `cancelled` tells whether reading was given up. */
function inPieces(...pieces: readonly Uint8Array[]) {
  const waiting = [...pieces];
  const seen = { cancelled: false, pulled: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = waiting.shift();
      seen.pulled++;
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
    cancel: () => void (seen.cancelled = true),
  });
  return { seen, response: { body } as Response };
}

const bytes = new TextEncoder();

test('pieces are put together, also inside a character', async () => {
  const { response } = inPieces(...[...bytes.encode('ž 🐎')].map((byte) => Uint8Array.of(byte)));
  expect(await readBody(response, 100)).toBe('ž 🐎');
});

test('a character that is never completed is replaced, as the standard says', async () => {
  const { response } = inPieces(bytes.encode('ž').slice(0, 1));
  expect(await readBody(response, 100)).toBe('\ufffd');
});

test('the bound is in bytes, and includes itself', async () => {
  expect(await readBody(inPieces(bytes.encode('žž')).response, 4)).toBe('žž');
  expect(await readBody(inPieces(bytes.encode('žžx')).response, 4)).toBeNull();
});

test('over the bound, the body is given up, whether or not fetch minds its signal', async () => {
  const { response, seen } = inPieces(...Array.from({ length: 1_000 }, () => new Uint8Array(10)));
  expect(await readBody(response, 25)).toBeNull();
  expect(seen.cancelled).toBe(true);
  expect(seen.pulled).toBeLessThan(10);
});

test('nothing is the empty text', async () => {
  expect(await readBody(inPieces().response, 0)).toBe('');
  expect(await readBody(new Response(null, { status: 204 }), 0)).toBe('');
});

test('without streams the text is measured', async () => {
  const plain = (text: string) => ({ body: null, text: () => Promise.resolve(text) }) as Response;
  expect(await readBody(plain('four'), 4)).toBe('four');
  expect(await readBody(plain('five!'), 4)).toBeNull();
});

test('a body that breaks off rejects', async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError('cut')) });
  await expect(readBody({ body } as Response, 4)).rejects.toThrow('cut');
});
