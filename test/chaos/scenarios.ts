// The chaos set: what goes wrong in each scenario, in times that are short beside the heartbeat of these clients (400 + 600 ms). Runs nothing.

import type { Arena } from './arena.js';
import { type Monkey, monkey } from './monkey.js';
import type { Scenario } from './scenario.js';
import { insideFrame, insideNext } from './traps.js';
import { after, until } from './until.js';

/** `run` again and again, until the time is over. */
async function during(ms: number, run: () => Promise<unknown>): Promise<void> {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt) await run();
}
const between = ({ chance }: Arena, least: number, most: number): number => least + chance.random() * (most - least);
const which = ({ chance }: Arena): 'one' | 'all' => chance.pick(['one', 'all']);
const allBack = (arena: Arena): Promise<void> =>
  until('everybody back', () => arena.people.every(({ isJoined }) => isJoined), 30_000);

/** Where only the link of a post is concerned, the post's own limit notices it: 10 s. */
const overAnotherLink = ({ people }: Arena, before: readonly number[]): Promise<void> =>
  until(
    'everybody over another link',
    () => people.every(({ opened, isJoined }, index) => opened > (before[index] ?? 0) && isJoined),
    30_000,
  );

export const scenarios: readonly Scenario[] = [
  {
    id: 'C1',
    what: 'RST every 0.3–1.2 s',
    inject: (arena, ms) =>
      during(ms, async () => {
        await after(between(arena, 300, 1_200));
        arena.proxy.cut('rst', which(arena));
      }),
  },
  {
    id: 'C2',
    what: 'hold 400 ms, then RST',
    inject: (arena, ms) =>
      during(ms, async () => {
        await after(between(arena, 300, 1_000));
        arena.proxy.hold(400, which(arena));
      }),
  },
  {
    id: 'C3',
    what: 'FIN every 0.3–1.2 s',
    inject: (arena, ms) =>
      during(ms, async () => {
        await after(between(arena, 300, 1_200));
        arena.proxy.cut('fin', which(arena));
      }),
  },
  {
    id: 'C4r',
    what: 'cut somewhere inside the next piece, either way',
    inject: (arena, ms) =>
      during(ms, async () => {
        const { proxy, chance } = arena;
        const takeBack = proxy.trap(
          chance.pick(['up', 'down']),
          insideNext(chance.random),
          chance.pick(['rst', 'fin']),
          which(arena),
        );
        await after(between(arena, 100, 500));
        takeBack();
      }),
  },
  {
    id: 'C5',
    what: 'black holes of 0.4 to 4 beats, then late bytes',
    inject: (arena, ms) =>
      during(ms, async () => {
        const heal = arena.proxy.blackhole('both');
        await after(arena.beatMs * arena.chance.pick([0.4, 1.5, 4]));
        heal();
        await after(between(arena, 300, 800));
      }),
  },
  {
    id: 'C6',
    what: 'black hole, healed when the client is back over another link',
    inject: (arena, ms) =>
      during(ms, async () => {
        const before = arena.people.map(({ opened }) => opened);
        const heal = arena.proxy.blackhole('both', 'present');
        await overAnotherLink(arena, before);
        heal();
        await after(between(arena, 50, 300));
      }),
  },
  {
    id: 'C7',
    what: 'one-way black holes, each way',
    inject: (arena, ms) =>
      during(ms, async () => {
        const heal = arena.proxy.blackhole(arena.chance.pick(['up', 'down']), arena.chance.pick(['all', 'present']));
        await after(arena.beatMs * between(arena, 0.3, 2.5));
        heal();
        await after(between(arena, 200, 600));
      }),
  },
  {
    id: 'C8',
    what: '2 kB/s where 20 kB/s are offered',
    rates: { down: 80, up: 2 },
    people: 1,
    options: { padding: 200, connectTimeoutMs: 10_000, heartbeat: { intervalMs: 2_000, timeoutMs: 4_000 } },
    async inject({ proxy }, ms) {
      proxy.set({ bytesPerSecond: 2_000 });
      await after(ms);
      proxy.set({ bytesPerSecond: Infinity });
    },
  },
  {
    id: 'C9',
    what: 'slices of 1–7 bytes',
    async inject({ proxy }, ms) {
      proxy.set({ sliceBytes: 7 });
      await after(ms);
      proxy.set({ sliceBytes: 0 });
    },
  },
  {
    id: 'C9s',
    what: 'slices of 1–7 bytes, one in 5 ms',
    people: 1,
    rates: { down: 1, up: 1 },
    options: { connectTimeoutMs: 15_000, heartbeat: { intervalMs: 4_000, timeoutMs: 8_000 } },
    async inject({ proxy }, ms) {
      proxy.set({ sliceBytes: 7, sliceEveryMs: 5 });
      await after(ms / 2);
      proxy.cut('rst', 'all'); // to be greeted and joined in slices, too
      await after(ms / 2);
      proxy.set({ sliceBytes: 0, sliceEveryMs: 0 });
    },
  },
  {
    id: 'C11',
    what: 'refused by RST, 503 and silence',
    async inject(arena, ms) {
      for (const refuse of ['rst', '503', 'silent'] as const) {
        arena.proxy.set({ refuse });
        arena.proxy.cut('rst', 'all');
        await after(ms / 4);
        arena.proxy.set({ refuse: undefined });
        await allBack(arena);
      }
    },
  },
  {
    id: 'C12',
    what: 'idle links cut by FIN, RST and silence, sooner than the heartbeat',
    rates: { down: 0.4, up: 0.2 },
    async inject(arena, ms) {
      for (const how of ['fin', 'rst', 'silence'] as const) {
        arena.proxy.set({ idle: { ms: 250, how } });
        arena.proxy.cut('rst', 'all');
        await after(ms / 3);
      }
      arena.proxy.set({ idle: undefined });
      arena.proxy.cut('rst', 'all');
    },
  },
  {
    id: 'C13',
    what: 'no link lives longer than 1.5 s',
    async inject(arena, ms) {
      arena.proxy.set({ lifetime: { ms: 1_500, how: arena.chance.pick(['rst', 'fin']) } });
      arena.proxy.cut('rst', 'all');
      await after(ms);
      arena.proxy.set({ lifetime: undefined });
    },
  },
  {
    id: 'C14a',
    what: 'the server dies and comes back with its history',
    inject: (arena, ms) =>
      during(ms, async () => {
        await after(between(arena, 300, 1_000));
        await arena.restart(arena.chance.pick([20, 200, 1_500]), true);
        await allBack(arena);
      }),
  },
  {
    id: 'C14b',
    what: 'the server dies and comes back with nothing',
    async inject(arena, ms) {
      await during(ms, async () => {
        await after(between(arena, 300, 1_000));
        await arena.restart(arena.chance.pick([20, 200, 1_500]), false);
        await allBack(arena);
      });
    },
    check({ far, people }, { gaps }) {
      // each new beginning is told to each, once
      if (gaps !== (far.truth.epochs.length - 1) * people.length) throw new Error(`${gaps} gaps were told`);
    },
  },
  {
    id: 'G2',
    what: 'the way changes every second: WebSockets are let through, and then not',
    ways: ['ladder'],
    options: { fallback: { probeAfterMs: 300, stableMs: 200, tryMs: 400 } },
    async inject(arena, ms) {
      const { proxy } = arena;
      let blocked = false;
      const block = (): void => {
        if (blocked)
          proxy.trap(
            'up',
            insideFrame('Sec-WebSocket-Key', 0, () => setImmediate(block)),
          );
      };
      await during(ms, async () => {
        blocked = !blocked;
        block();
        if (blocked) proxy.cut('rst', 'all');
        await after(between(arena, 700, 1_300));
      });
      blocked = false;
    },
    check({ people }, { gaps }) {
      if (gaps > 0 || people.some(({ opened }) => opened < 2)) throw new Error(`${gaps} gaps, or no change of ways`);
    },
  },
  {
    id: 'G3a',
    what: 'a history of 50 is over before the black hole is',
    options: { history: 50 },
    rates: { down: 200, up: 5 },
    inject: (arena, ms) =>
      during(ms, async () => {
        const before = arena.people.map(({ opened }) => opened);
        const heal = arena.proxy.blackhole('both', 'present');
        arena.proxy.set({ refuse: 'rst' });
        await after(2 * arena.beatMs);
        arena.proxy.set({ refuse: undefined });
        await overAnotherLink(arena, before);
        heal();
        await after(300);
      }),
    check(_arena, { gaps, toldMissing }) {
      if (gaps === 0 || toldMissing === 0) throw new Error(`${gaps} gaps told, ${toldMissing} messages in them`);
    },
  },
  {
    id: 'G3b',
    what: 'the store withholds messages on a live link',
    inject: (arena, ms) =>
      during(ms, async () => {
        arena.far.withhold(arena.chance.pick([1, 1, 7]));
        await after(between(arena, 3_500, 4_500)); // holes are mended at most three times in 10 s
      }),
  },
  {
    id: 'C17',
    what: 'monkey',
    async inject(arena, ms) {
      const one: Monkey = monkey(arena);
      await during(ms, async () => {
        await one.step();
        await after(between(arena, 50, 400));
      });
      one.heal();
    },
  },
];
