// @vitest-environment node
// The small parts that the connection is made of: one alarm, one turn at a time, a record that tells what changed.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAlarm } from '../../src/base/alarm.js';
import { createCell } from '../../src/base/cell.js';
import { createMailbox } from '../../src/base/mailbox.js';
import { RealtimeError } from '../../src/base/error.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { catchReports } from '../support/reported.js';

afterEach(() => vi.unstubAllGlobals());

describe('the alarm', () => {
  test('is moved, never doubled', () => {
    const clock = createManualClock();
    const rang: number[] = [];
    const alarm = createAlarm(clock, () => rang.push(clock.now()));
    for (const at of [100, 50, 200, 200, 80]) {
      alarm.set(at);
      expect(clock.pending).toBe(1);
    }
    clock.advance(1_000);
    expect(rang).toEqual([80]);
    expect(clock.pending).toBe(0);
  });

  test('is taken back by Infinity, and set again afterwards', () => {
    const clock = createManualClock();
    const ring = vi.fn();
    const alarm = createAlarm(clock, ring);
    alarm.set(100);
    alarm.set(Infinity);
    expect(clock.pending).toBe(0);
    alarm.set(100);
    clock.advance(100);
    expect(ring).toHaveBeenCalledTimes(1);
    alarm.set(100);
    clock.advance(0);
    expect(ring).toHaveBeenCalledTimes(2);
  });

  test('no number is no moment', () => {
    const clock = createManualClock();
    const alarm = createAlarm(clock, () => expect.unreachable());
    alarm.set(100);
    alarm.set(NaN);
    expect(clock.pending).toBe(0);
  });

  test('may be set while it rings', () => {
    const clock = createManualClock();
    const rang: number[] = [];
    const alarm = createAlarm(clock, () => {
      rang.push(clock.now());
      alarm.set(clock.now() + 10);
    });
    alarm.set(10);
    clock.advance(35);
    expect(rang).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });
});

describe('the mailbox', () => {
  test('what is posted while something runs waits for its turn', () => {
    const mailbox = createMailbox();
    const ran: string[] = [];
    mailbox.post(() => {
      mailbox.post(() => {
        mailbox.post(() => ran.push('c'));
        ran.push('b');
      });
      expect(mailbox.busy).toBe(true);
      ran.push('a');
    });
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(mailbox.busy).toBe(false);
  });

  test('one that throws keeps nobody from a turn', () => {
    const reported = catchReports();
    const mailbox = createMailbox();
    const ran: string[] = [];
    expect(() =>
      mailbox.post(() => {
        mailbox.post(() => ran.push('next'));
        throw new Error('bad turn');
      }),
    ).not.toThrow();
    expect(ran).toEqual(['next']);
    expect(reported).toEqual([new Error('bad turn')]);
    mailbox.post(() => ran.push('later'));
    expect(ran).toEqual(['next', 'later']);
  });
});

describe('the cell', () => {
  test('a new snapshot, and a word to the watchers, only where a field differs', () => {
    const cell = createCell({ a: 1, b: 'x' });
    const seen = vi.fn();
    const leave = cell.subscribe(() => seen(cell.getSnapshot()));
    const first = cell.getSnapshot();
    cell.change({ a: 1 });
    expect(cell.getSnapshot()).toBe(first);
    cell.change({ a: 2, b: 'x' });
    expect(seen.mock.calls).toEqual([[{ a: 2, b: 'x' }]]);
    expect(first).toEqual({ a: 1, b: 'x' });
    leave();
    cell.change({ b: 'y' });
    expect(seen).toHaveBeenCalledTimes(1);
  });
});

describe('the error', () => {
  test('says what a program and what a person needs', () => {
    const cause = new Error('below');
    const error = new RealtimeError('refused', 'It said no.', { code: 503, reason: 'busy', cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'RealtimeError', kind: 'refused', code: 503, reason: 'busy', cause });
    expect('cause' in new RealtimeError('lost', 'Gone.')).toBe(false);
  });
});
