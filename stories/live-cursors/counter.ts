// How often something happened, in all and lately. No React.

export interface Rate {
  readonly count: number;
  readonly perSecond: number;
}

export interface Counter {
  readonly add: () => void;
  readonly read: () => Rate;
}

const LATELY_MS = 2_000;

export function createCounter(): Counter {
  let count = 0;
  let moments: number[] = [];
  let last: Rate = { count: 0, perSecond: 0 };
  return {
    add() {
      count += 1;
      moments.push(performance.now());
    },
    read() {
      const from = performance.now() - LATELY_MS;
      moments = moments.filter((at) => at > from);
      const perSecond = Math.round((moments.length / LATELY_MS) * 1_000);
      // the same object while nothing changes, so that nothing is rendered for it
      if (last.count !== count || last.perSecond !== perSecond) last = { count, perSecond };
      return last;
    },
  };
}
