// @vitest-environment node
// Many marks, one flush: the leading edge, one flush per frame, and nothing left behind.

import { afterEach, expect, test, vi } from 'vitest';
import { createBatch, syncBatch } from '../../src/base/batch.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { catchReports } from '../support/reported.js';

afterEach(() => vi.unstubAllGlobals());

/** All microtasks that are queued have run. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const framed = () => {
  const { clock, frame } = createManualHost({ frameMs: 16 });
  return { clock, batch: createBatch(frame) };
};

test('the first mark after silence is flushed in the microtask, not in the mark and not in the frame', async () => {
  const { clock, batch } = framed();
  const flush = vi.fn();
  batch.mark(flush);
  expect(flush).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(flush).toHaveBeenCalledTimes(1);
  expect(clock.now()).toBe(0);
});

test('then once per frame, however many marks', async () => {
  const { clock, batch } = framed();
  const flush = vi.fn();
  batch.mark(flush);
  await settled();
  for (let frame = 1; frame <= 5; frame++) {
    for (let mark = 0; mark < 100; mark++) batch.mark(flush);
    await settled();
    expect(flush).toHaveBeenCalledTimes(frame);
    clock.advance(16);
    expect(flush).toHaveBeenCalledTimes(frame + 1);
  }
});

test('nothing is pending after silence, and the next mark leads again', async () => {
  const { clock, batch } = framed();
  const flush = vi.fn();
  batch.mark(flush);
  await settled();
  expect(clock.pending).toBe(1);
  clock.advance(16);
  expect(clock.pending).toBe(0);
  expect(flush).toHaveBeenCalledTimes(1);
  batch.mark(flush);
  await Promise.resolve();
  expect(flush).toHaveBeenCalledTimes(2);
});

test('what is marked can be settled at once; the frames stay where they are', async () => {
  const { clock, batch } = framed();
  const flush = vi.fn();
  batch.mark(flush);
  await settled();
  batch.mark(flush);
  batch.settle();
  batch.settle();
  expect(flush).toHaveBeenCalledTimes(2);
  expect(clock.pending).toBe(1);
  batch.mark(flush);
  await settled();
  expect(flush).toHaveBeenCalledTimes(2); // within the frame it waits, as ever
  clock.advance(16);
  expect(flush).toHaveBeenCalledTimes(3);
  clock.advance(16);
  expect(clock.pending).toBe(0);
});

test('all that are marked are flushed in one round, in the order of marking', async () => {
  const { batch } = framed();
  const order: string[] = [];
  const flushes = ['a', 'b', 'c'].map((name) => () => void order.push(name));
  for (const flush of flushes) batch.mark(flush);
  for (const flush of flushes) batch.mark(flush);
  await settled();
  expect(order).toEqual(['a', 'b', 'c']);
});

test('forget takes the mark back and leaves no frame', async () => {
  const { clock, batch } = framed();
  const flush = vi.fn();
  batch.mark(flush);
  batch.forget(flush);
  await settled();
  expect(flush).not.toHaveBeenCalled();
  expect(clock.pending).toBe(0);

  batch.mark(flush);
  await settled();
  batch.mark(flush);
  expect(clock.pending).toBe(1);
  batch.forget(flush);
  expect(clock.pending).toBe(0);
  clock.advance(1_000);
  expect(flush).toHaveBeenCalledTimes(1);

  batch.mark(flush);
  await Promise.resolve();
  expect(flush).toHaveBeenCalledTimes(2);
});

test('forget leaves the frame to others who wait for it', async () => {
  const { clock, batch } = framed();
  const stays = vi.fn();
  const leaves = vi.fn();
  batch.mark(stays);
  await settled();
  batch.mark(stays);
  batch.mark(leaves);
  batch.forget(leaves);
  clock.advance(16);
  expect(stays).toHaveBeenCalledTimes(2);
  expect(leaves).not.toHaveBeenCalled();
});

test('one that leaves takes the frame from nobody: the others are still flushed once in it', async () => {
  const { clock, batch } = framed();
  const stays = vi.fn();
  for (let round = 0; round < 10; round++) {
    const leaves = vi.fn();
    batch.mark(stays);
    batch.mark(leaves);
    await settled();
    batch.forget(leaves);
    batch.forget(() => {});
  }
  expect(stays).toHaveBeenCalledTimes(1);
  clock.advance(16);
  expect(stays).toHaveBeenCalledTimes(2);
  batch.forget(stays);
  expect(clock.pending).toBe(0);
});

test('a flush that marks again is flushed once per frame, never in a loop', async () => {
  const { clock, batch } = framed();
  const again = vi.fn(() => batch.mark(again));
  batch.mark(again);
  await settled();
  expect(again).toHaveBeenCalledTimes(1);
  clock.advance(16 * 10);
  expect(again).toHaveBeenCalledTimes(11);
  batch.forget(again);
  expect(clock.pending).toBe(0);
});

test('a flush that throws starves nobody', async () => {
  const reported = catchReports();
  const { clock, batch } = framed();
  const other = vi.fn();
  batch.mark(() => {
    throw new Error('bad flush');
  });
  batch.mark(other);
  await settled();
  expect(other).toHaveBeenCalledTimes(1);
  expect(reported).toEqual([new Error('bad flush')]);
  clock.advance(16);
  expect(clock.pending).toBe(0);
});

test('microtask mode: each round of marks in one flush, no frames', async () => {
  const batch = createBatch();
  const flush = vi.fn();
  batch.mark(flush);
  batch.mark(flush);
  expect(flush).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(flush).toHaveBeenCalledTimes(1);
  batch.mark(flush);
  await Promise.resolve();
  expect(flush).toHaveBeenCalledTimes(2);
  batch.mark(flush);
  batch.forget(flush);
  await settled();
  expect(flush).toHaveBeenCalledTimes(2);
});

test('microtask mode: a flush that marks again comes in a microtask of its own', async () => {
  const batch = createBatch();
  let rounds = 0;
  const again = (): void => {
    if (++rounds < 3) batch.mark(again);
  };
  batch.mark(again);
  await settled();
  expect(rounds).toBe(3);
});

test('sync mode: inside the mark, and a throw does not reach the one who marks', () => {
  const reported = catchReports();
  const flush = vi.fn();
  syncBatch.mark(flush);
  expect(flush).toHaveBeenCalledTimes(1);
  syncBatch.forget(flush);
  expect(() =>
    syncBatch.mark(() => {
      throw new Error('bad flush');
    }),
  ).not.toThrow();
  expect(reported).toHaveLength(1);
});

test('what comes together after silence is one flush, where the host waits for it', async () => {
  const { clock, frame } = createManualHost({ frameMs: 16 });
  const batch = createBatch(frame, (run) => clock.after(2, run));
  const flush = vi.fn();
  batch.mark(flush);
  await settled();
  clock.advance(1);
  batch.mark(flush);
  expect(flush).not.toHaveBeenCalled();
  clock.advance(1);
  expect(flush).toHaveBeenCalledTimes(1);
  clock.advance(50);
  expect(flush).toHaveBeenCalledTimes(1);
  expect(clock.pending).toBe(0);
});

test('who leaves before that leaves no timer, and who comes back meanwhile is told once', async () => {
  const { clock, frame } = createManualHost({ frameMs: 16 });
  for (const soon of [(run: () => void) => clock.after(2, run), undefined]) {
    const batch = createBatch(frame, soon);
    const flush = vi.fn();
    batch.mark(flush);
    batch.forget(flush);
    expect(clock.pending).toBe(0);
    batch.mark(flush);
    await settled();
    clock.advance(2);
    expect(flush).toHaveBeenCalledTimes(1);
    batch.forget(flush);
    await settled();
    expect(clock.pending).toBe(0);
  }
});
