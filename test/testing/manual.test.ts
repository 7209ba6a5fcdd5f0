// Clock and host that move when told.

import { describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { createManualHost, seededRandom } from '../../src/testing/manual-host.js';

describe('the clock', () => {
  test('runs what falls due, in order of time, then of setting', () => {
    const clock = createManualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b at ${clock.now()}`));
    clock.after(10, () => ran.push(`a at ${clock.now()}`));
    clock.after(20, () => ran.push('c'));
    clock.after(-5, () => ran.push('at once'));
    clock.advance(19);
    expect(ran).toEqual(['at once', 'a at 10']);
    clock.advance(1);
    expect(ran).toEqual(['at once', 'a at 10', 'b at 20', 'c']);
    expect(clock.now()).toBe(20);
    expect(clock.pending).toBe(0);
  });

  test('runs also what is set meanwhile, at its own time', () => {
    const clock = createManualClock();
    const at: number[] = [];
    const beat = (): void => {
      at.push(clock.now());
      clock.after(10, beat);
    };
    clock.after(10, beat);
    clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  test('what is taken back does not run, also from within another', () => {
    const clock = createManualClock();
    const never = vi.fn();
    const cancel = clock.after(10, never);
    clock.after(5, cancel);
    clock.advance(100);
    cancel();
    expect(never).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
  });

  test('the wall clock goes along, and jumps alone', () => {
    const clock = createManualClock(5_000);
    clock.advance(10);
    clock.jump(-3_600_000);
    expect([clock.now(), clock.wallNow()]).toEqual([10, 5_010 - 3_600_000]);
  });

  test('a timer that sets itself again with no delay is named, not waited for', () => {
    const clock = createManualClock();
    const spin = (): void => void clock.after(0, spin);
    spin();
    expect(() => clock.advance(1)).toThrow('time stands still at 0 ms');
  });
});

describe('the host', () => {
  test('network and focus are set by hand, and watchers are counted', () => {
    const host = createManualHost();
    const seen = vi.fn();
    expect([host.network.getSnapshot(), host.focus.getSnapshot()]).toEqual([true, 'visible']);
    const leave = host.network.subscribe(() => seen(host.network.getSnapshot()));
    const leaveFocus = host.focus.subscribe(() => seen(host.focus.getSnapshot()));
    expect(host.watchers).toBe(2);
    host.setOnline(false);
    host.setOnline(false);
    host.setFocus('suspended');
    expect(seen.mock.calls).toEqual([[false], ['suspended']]);
    leave();
    leave();
    leaveFocus();
    host.setOnline(true);
    expect(seen).toHaveBeenCalledTimes(2);
    expect(host.watchers).toBe(0);
  });

  test('frames come with the clock', () => {
    const host = createManualHost({ frameMs: 10 });
    const painted = vi.fn();
    host.frame(painted);
    host.frame(vi.fn())();
    host.clock.advance(9);
    expect(painted).not.toHaveBeenCalled();
    host.clock.advance(1);
    host.paint();
    expect(painted).toHaveBeenCalledTimes(1);
    expect(host.clock.pending).toBe(0);
  });

  test('or by hand', () => {
    const host = createManualHost({ frameMs: Infinity });
    const order: number[] = [];
    host.frame(() => {
      order.push(1);
      host.frame(() => order.push(3));
    });
    host.frame(() => order.push(2));
    host.clock.advance(1_000);
    expect(order).toEqual([]);
    host.paint();
    expect(order).toEqual([1, 2]);
    host.paint();
    expect(order).toEqual([1, 2, 3]);
    expect(host.clock.pending).toBe(0);
  });

  test('a frame that is taken back by one before it does not run', () => {
    const host = createManualHost();
    const never = vi.fn();
    let cancel = (): void => {};
    host.frame(() => cancel());
    cancel = host.frame(never);
    host.paint();
    expect(never).not.toHaveBeenCalled();
  });

  test('chance is the same for the same seed, even, and between 0 and 1', () => {
    const [a, b, c] = [seededRandom(7), createManualHost({ seed: 7 }).random, seededRandom(8)];
    const numbers = Array.from({ length: 10_000 }, a);
    expect(numbers.slice(0, 100)).toEqual(Array.from({ length: 100 }, b));
    expect(numbers[0]).not.toBe(c());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const hits = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
      expect(Math.abs(hits - 1_000)).toBeLessThan(150);
    }
  });
});
