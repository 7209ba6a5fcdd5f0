// @vitest-environment node
// Listeners with a seat each: who is told in a round, and whom a bad neighbour cannot hurt.

import { afterEach, expect, test, vi } from 'vitest';
import { createSignal } from '../../src/base/signal.js';
import { catchReports } from '../support/reported.js';

afterEach(() => vi.unstubAllGlobals());

test('a seat per registration: the same function may sit twice, and each undo gives up one seat', () => {
  const signal = createSignal<number>();
  const listener = vi.fn();
  const first = signal.on(listener);
  signal.on(listener);
  signal.emit(1);
  expect(listener).toHaveBeenCalledTimes(2);
  first();
  first();
  expect(signal.size).toBe(1);
  signal.emit(2);
  expect(listener).toHaveBeenCalledTimes(3);
  expect(listener).toHaveBeenLastCalledWith(2);
});

test('told in the order of sitting down', () => {
  const signal = createSignal<void>();
  const told: string[] = [];
  for (const name of ['a', 'b', 'c']) signal.on(() => told.push(name));
  signal.emit();
  expect(told).toEqual(['a', 'b', 'c']);
});

test('one that throws starves nobody, and is not swallowed either', () => {
  const reported = catchReports();
  const signal = createSignal<void>();
  const after = vi.fn();
  signal.on(() => {
    throw new Error('bad neighbour');
  });
  signal.on(after);
  expect(() => signal.emit()).not.toThrow();
  expect(after).toHaveBeenCalledTimes(1);
  expect(reported).toEqual([new Error('bad neighbour')]);
});

test('who leaves during a round is not told any more, before or behind the one who speaks', () => {
  const signal = createSignal<void>();
  const told: string[] = [];
  const leaveA = signal.on(() => told.push('a'));
  signal.on(() => {
    told.push('b');
    leaveA();
    leaveC();
  });
  const leaveC = signal.on(() => told.push('c'));
  signal.on(() => told.push('d'));
  signal.emit();
  expect(told).toEqual(['a', 'b', 'd']);
  signal.emit();
  expect(told).toEqual(['a', 'b', 'd', 'b', 'd']);
});

test('who joins during a round waits for the next one', () => {
  const signal = createSignal<void>();
  const told: string[] = [];
  const leave = signal.on(() => {
    told.push('a');
    leave();
    signal.on(() => told.push('late'));
  });
  signal.emit();
  expect(told).toEqual(['a']);
  signal.emit();
  expect(told).toEqual(['a', 'late']);
});

test('a round inside a round tells all who sit', () => {
  const signal = createSignal<number>();
  const told: string[] = [];
  signal.on((value) => {
    told.push(`a${value}`);
    if (value === 1) signal.emit(2);
  });
  signal.on((value) => told.push(`b${value}`));
  signal.emit(1);
  expect(told).toEqual(['a1', 'a2', 'b2', 'b1']);
});

test('nobody there', () => {
  const signal = createSignal<string>();
  expect(signal.size).toBe(0);
  expect(() => signal.emit('hello')).not.toThrow();
});

test('who joins during a round inside a round hears the inner one, and of the outer one nothing', () => {
  const signal = createSignal<number>();
  const told: string[] = [];
  const leave = signal.on((value) => {
    told.push(`a${value}`);
    if (value !== 1) return;
    signal.on((late) => told.push(`late${late}`));
    signal.emit(2);
    leave();
  });
  signal.on((value) => told.push(`b${value}`));
  signal.emit(1);
  expect(told).toEqual(['a1', 'a2', 'b2', 'late2', 'b1']);
});

// at a cost that grows with the square, this takes minutes
test('a hundred thousand come and go in the time of one list', () => {
  const signal = createSignal<void>();
  const leaves = Array.from({ length: 100_000 }, () => signal.on(() => {}));
  for (const leave of leaves) leave();
  expect(signal.size).toBe(0);
});
