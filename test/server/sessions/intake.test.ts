// Who says much has turns, and who says little never waits for them. On a clock and an event loop of the test's own.

import { describe, expect, it } from 'vitest';
import { createIntake, type Taken } from '../../../src/server/sessions/intake.js';
import { createManualClock } from '../../../src/testing.js';

interface Client extends Taken {
  readonly name: string;
  readonly read: string[];
}

function createWorld() {
  const clock = createManualClock();
  const log: string[] = [];
  let next: (() => void)[] = [];
  const intake = createIntake<Client>({
    clock,
    soon: (run) => void next.push(run),
    onTurn: ({ name }) => {
      log.push(`${name} begins`);
      return () => void log.push(`${name} ends`);
    },
  });
  const join = (name: string): Client => {
    const read: string[] = [];
    const wire = { pause: () => void read.push('paused'), resume: () => void read.push('read') };
    return { name, read, wire, frames: 0, sinceMs: 0, isHeavy: false, left: 0, isPaused: false };
  };
  /** Handles `count` frames of a client, each of which takes some time. */
  const handle = async (client: Client, count: number, eachMs = 0): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await intake.frame(client);
      clock.advance(eachMs);
      log.push(`${client.name} ${client.frames}`);
    }
    intake.waiting(client, 0);
  };
  const settled = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) await Promise.resolve();
  };
  /** The event loop goes round once. */
  const turn = async (): Promise<readonly string[]> => {
    const due = next;
    next = [];
    for (const run of due) run();
    await settled();
    return log.splice(0);
  };
  return { clock, log, intake, join, handle, turn, settled };
}

const framesOf = (log: readonly string[], name: string): number =>
  log.filter((line) => new RegExp(`^${name} \\d`).test(line)).length;

describe('who says much', () => {
  it('is told from who does not by how fast it says a few, and is not for ever', async () => {
    const { clock, intake, join } = createWorld();
    const [much, little] = [join('much'), join('little')];
    clock.advance(1_000);
    for (let n = 0; n < 100; n++) {
      for (let m = 0; m < 8; m++) void intake.frame(much);
      expect(intake.frame(little), `frame ${n}`).toBe(undefined);
      clock.advance(20);
    }
    expect([much.isHeavy, little.isHeavy]).toEqual([true, false]);
    for (let n = 0; n < 32; n++) {
      void intake.frame(much);
      clock.advance(20);
    }
    expect(much.isHeavy).toBe(false);
  });

  it('handles no more in a turn than its share of time has, and in each turn goes on', async () => {
    const { clock, log, join, handle, turn, settled } = createWorld();
    clock.advance(1_000);
    const much = join('much');
    void handle(much, 300, 0.1);
    await settled();
    const first = framesOf(log.splice(0), 'much');
    expect(first).toBeLessThanOrEqual(48); // those by which it was found out, and one batch
    for (let done = first; done < 300;) {
      const now = framesOf(await turn(), 'much');
      expect(now).toBeGreaterThan(0);
      expect(now).toBeLessThanOrEqual(16); // 1.6 ms, where 0.5 were left: a batch is not divided
      done += now;
    }
  });

  it('takes turns with the others who do', async () => {
    const { clock, log, join, handle, turn, settled } = createWorld();
    clock.advance(1_000);
    const all = ['a', 'b', 'c'].map(join);
    for (const each of all) void handle(each, 1_000, 0.1);
    await settled();
    log.length = 0;
    const counts = [0, 0, 0];
    for (let n = 0; n < 60; n++) {
      const told = await turn();
      all.forEach(({ name }, index) => (counts[index] = (counts[index] ?? 0) + framesOf(told, name)));
    }
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(16);
    expect(Math.min(...counts)).toBeGreaterThan(200);
  });

  it('alone waits for nobody: it goes on in the same turn while there is time', async () => {
    const { clock, join, handle, settled, log } = createWorld();
    clock.advance(1_000);
    let done = false;
    void handle(join('much'), 1_000).then(() => (done = true));
    for (let n = 0; n < 100; n++) await settled();
    expect(done).toBe(true);
    expect(log.filter((line) => line.endsWith('begins')).length).toBe(
      log.filter((line) => line.endsWith('ends')).length,
    );
  });

  it('keeps nobody waiting while it waits itself for what rooms stand on', async () => {
    const { clock, intake, join, handle, turn, settled } = createWorld();
    clock.advance(1_000);
    const stuck = join('stuck');
    for (let n = 0; n < 32; n++) await intake.frame(stuck); // and handles the last one for ever
    expect(stuck.isHeavy).toBe(true);
    const other = join('other');
    void handle(other, 100, 0.1);
    await settled();
    for (let n = 0; n < 20; n++) await turn();
    expect([stuck.frames, other.frames]).toEqual([32, 100]);
  });

  it('with a thousand events in one frame waits between a few of them', async () => {
    const { clock, intake, join, turn } = createWorld();
    clock.advance(1_000);
    const much = join('much');
    let handled = 0;
    const run = async (): Promise<void> => {
      for (; handled < 1_000; handled++) {
        await intake.event(much, handled);
        clock.advance(0.1);
      }
    };
    const done = run();
    const turns: number[] = [];
    while (handled < 1_000) {
      const before = handled;
      await turn();
      turns.push(handled - before);
    }
    await done;
    expect(Math.max(...turns.slice(1))).toBeLessThanOrEqual(16);
  });
});

it('is not read while more waits than it should, and is again when little is left', () => {
  const { intake, join } = createWorld();
  const much = join('much');
  for (const count of [1, 1_000, 1_001, 1_500, 65, 17, 16, 1_000, 1_001, 0]) intake.waiting(much, count);
  expect(much.read).toEqual(['paused', 'read', 'paused', 'read']);
  intake.waiting(much, 2, true);
  intake.waiting(much, 1);
  expect(much.read.slice(4)).toEqual(['paused', 'read']);
});
