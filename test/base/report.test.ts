// @vitest-environment node
// Errors of other people's callbacks: heard, and nobody is starved.

import { afterEach, expect, test, vi } from 'vitest';
import { guarded, reportOutOfBand, warnOnce } from '../../src/base/report.js';
import { catchReports } from '../support/reported.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a callback is called with what it needs, and its answer returned', () => {
  expect(guarded((a: number, b: number) => a + b, 1, 2)).toBe(3);
  expect(guarded(undefined)).toBeUndefined();
});

test('what it throws is reported and not thrown', () => {
  const reported = catchReports();
  expect(
    guarded(() => {
      throw new Error('bad callback');
    }),
  ).toBeUndefined();
  expect(reported).toEqual([new Error('bad callback')]);
});

test('where the platform cannot report, it is thrown where nobody is in the way', () => {
  vi.stubGlobal('reportError', undefined);
  const later: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (run: () => void) => later.push(run));
  expect(() => reportOutOfBand(new Error('bad callback'))).not.toThrow();
  expect(later).toHaveLength(1);
  expect(later[0]).toThrow('bad callback');
});

test('a warning comes once per scope', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const scope = {};
  warnOnce(scope, 'mind the gap');
  warnOnce(scope, 'mind the gap');
  warnOnce(scope, 'mind the step');
  warnOnce({}, 'mind the gap');
  expect(warn.mock.calls).toEqual([
    ['[roomtone] mind the gap'],
    ['[roomtone] mind the step'],
    ['[roomtone] mind the gap'],
  ]);
});
