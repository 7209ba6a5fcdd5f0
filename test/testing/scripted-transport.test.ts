// The far end that does what it is told, and the behaviours that have names.

import { expect, test } from 'vitest';
import { accepts, acceptsThenDrops, refuses, sequence, silent } from '../../src/testing/behaviours.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { dial } from '../support/dial.js';

test('a dial, seen from both ends', () => {
  const far = createScriptedTransport();
  expect(() => far.last).toThrow('nothing was dialled yet');
  const near = dial(far, { cursor: '7' });
  expect(far.last.dial.cursor).toBe('7');
  expect(far.live).toBe(1);
  far.last.accept();
  far.last.frame('hello');
  expect(near.wire.send('hi')).toBe(true);
  expect(far.last.sent).toEqual(['hi']);
  near.wire.close(4000, 'bye');
  near.wire.close(1000);
  expect(far.last.closed).toEqual({ code: 4000, reason: 'bye' });
  expect(near.wire.send('late')).toBe(false);
  expect(near.said).toEqual(['opened', 'frame hello']);
  expect(far.live).toBe(0);
});

test('it is polite after an end of either side, and rude through its sink', () => {
  const far = createScriptedTransport();
  const near = dial(far);
  far.last.accept();
  far.last.drop({ code: 1012 });
  far.last.frame('late');
  far.last.drop();
  far.last.accept();
  expect(near.said).toEqual(['opened', 'lost 1012']);
  far.last.sink.frame('rude');
  expect(near.said.at(-1)).toBe('frame rude');
});

test('no room, and room again', () => {
  const far = createScriptedTransport();
  const near = dial(far);
  far.last.accept();
  far.last.block(true);
  expect(near.wire.send('kept back')).toBe(false);
  far.last.block(false);
  far.last.block(false);
  expect(near.said).toEqual(['opened', 'writable']);
  expect(near.wire.send('now')).toBe(true);
});

test('what it is, as it was told', () => {
  const far = createScriptedTransport({ name: 'sse', renewable: true, readOnly: 'sse only receives.' });
  expect(far).toMatchObject({ name: 'sse', renewable: true, readOnly: 'sse only receives.' });
  expect('readOnly' in createScriptedTransport()).toBe(false);
});

test('behaviours: one after another, and the last one stays', () => {
  const far = createScriptedTransport({
    onDial: sequence(refuses(503, { retryAfterMs: 10 }), silent, acceptsThenDrops({ code: 1001 }), accepts),
  });
  const said = Array.from({ length: 5 }, () => dial(far).said.join(', '));
  expect(said).toEqual(['refused 503', '', 'opened, lost 1001', 'opened', 'opened']);
  expect(far.dials).toHaveLength(5);
  expect(far.live).toBe(3);
});

test('an empty sequence does nothing', () => {
  expect(dial(createScriptedTransport({ onDial: sequence() })).said).toEqual([]);
});
