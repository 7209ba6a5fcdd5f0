// Any fault, at random, for a short while: the monkey of C17. Spoils no bytes: plain TCP has checksums, and what they miss is data.

import type { Arena } from './arena.js';
import { atByte, insideNext } from './traps.js';
import { after } from './until.js';

export interface Monkey {
  /** One more fault; resolves when it is over, or goes on by itself. */
  step(): Promise<void>;
  /** Nothing of it is left. */
  heal(): void;
}

/** `mostMs`: how long a fault may last. */
export function monkey({ proxy, chance }: Pick<Arena, 'proxy' | 'chance'>, mostMs = 1_500): Monkey {
  const { random, below, pick } = chance;
  const undo = new Set<() => void>();
  const forAWhile = async (end: () => void): Promise<void> => {
    undo.add(end);
    await after(random() * mostMs);
    if (undo.delete(end)) end();
  };
  const which = (): 'one' | 'all' => pick(['one', 'one', 'all']);
  const how = (): 'rst' | 'fin' => pick(['rst', 'fin']);
  const side = (): 'up' | 'down' => pick(['up', 'down']);
  const faults: readonly (() => unknown)[] = [
    () => proxy.cut('rst', which()),
    () => proxy.cut('fin', which()),
    () => proxy.trap(side(), insideNext(random), how(), which()),
    () => proxy.trap(side(), atByte(below(3_000)), how(), which()),
    () => proxy.hold(random() * mostMs * 0.4, which()),
    () => forAWhile(proxy.blackhole(pick(['both', 'up', 'down']), pick(['present', 'all']))),
    () => proxy.halfOpen(pick(['near', 'far']), how(), which()),
    () => {
      proxy.set({ refuse: pick(['rst', '503', 'silent']) });
      proxy.cut(how(), which());
      return forAWhile(() => proxy.set({ refuse: undefined }));
    },
    () => {
      proxy.set({ sliceBytes: 7 });
      return forAWhile(() => proxy.set({ sliceBytes: 0 }));
    },
    () => {
      proxy.set({ bytesPerSecond: 20_000 });
      return forAWhile(() => proxy.set({ bytesPerSecond: Infinity }));
    },
    () => {
      proxy.set({ lifetime: { ms: mostMs / 3, how: how() } });
      return forAWhile(() => proxy.set({ lifetime: undefined }));
    },
    () => {
      proxy.set({ idle: { ms: 150, how: pick(['rst', 'fin', 'silence']) } });
      return forAWhile(() => proxy.set({ idle: undefined }));
    },
  ];
  return {
    async step() {
      await pick(faults)();
    },
    heal() {
      for (const each of undo) each();
      undo.clear();
      proxy.cut('rst', 'all'); // links that are black for good, and those with traps
    },
  };
}
