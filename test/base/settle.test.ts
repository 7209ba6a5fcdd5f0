// @vitest-environment node
// Answers that may be there at once or later.
/* oxlint-disable unicorn/no-thenable -- they are what is tested */

import { expect, test, vi } from 'vitest';
import { settle } from '../../src/base/settle.js';

test('an answer that is there is used in the same tick', () => {
  const then = vi.fn();
  settle(() => 5, then, vi.fn());
  expect(then).toHaveBeenCalledExactlyOnceWith(5);
});

test.each([[undefined], [null], [0], [''], [{ then: 'no function' }]])('%j is an answer', (answer) => {
  const then = vi.fn();
  settle<unknown>(() => answer, then, vi.fn());
  expect(then).toHaveBeenCalledExactlyOnceWith(answer);
});

test('a promise is waited for, and so is anything that can be', async () => {
  const then = vi.fn();
  const atOnce = { then: (resolve: (value: string) => void) => resolve('b') };
  settle(() => Promise.resolve('a'), then, vi.fn());
  settle(() => atOnce as unknown as PromiseLike<string>, then, vi.fn());
  expect(then.mock.calls).toEqual([['b']]);
  await Promise.resolve();
  expect(then.mock.calls).toEqual([['b'], ['a']]);
});

test('what is thrown, and what is rejected', async () => {
  const then = vi.fn();
  const failed = vi.fn();
  settle(
    () => {
      throw new Error('thrown');
    },
    then,
    failed,
  );
  expect(failed).toHaveBeenCalledTimes(1);
  settle(() => Promise.reject(new Error('rejected')), then, failed);
  await new Promise((resolve) => void setImmediate(resolve));
  expect(failed.mock.calls).toEqual([[new Error('thrown')], [new Error('rejected')]]);
  expect(then).not.toHaveBeenCalled();
});
