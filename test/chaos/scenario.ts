// Runs one scenario: people talk, faults happen, the network heals, and the score must be clean. Prints a line with the seed.

import { expect } from 'vitest';
import { type Arena, type ArenaOptions, createArena, type Rates } from './arena.js';
import type { Way } from './person.js';
import type { Fault } from './proxy.js';
import { faultsOf, lineOf, type Score } from './score.js';
import { after } from './until.js';

export interface Scenario {
  /** As reliability.md calls it. */
  readonly id: string;
  readonly what: string;
  /** Default: all. */
  readonly ways?: readonly Way[] | undefined;
  readonly options?: Omit<ArenaOptions, 'seed' | 'ways'> | undefined;
  /** Default 30 down, 10 up. */
  readonly rates?: Rates | undefined;
  /** People on that way. Default 2. */
  readonly people?: number | undefined;
  /** Does what is bad for about so long; the network is whole again when it is done. */
  readonly inject: (arena: Arena, ms: number) => Promise<void>;
  /** What else must hold. `gaps` are refused unless this looks at them. */
  readonly check?: ((arena: Arena, score: Score) => void) | undefined;
}

export interface Outcome {
  readonly score: Score;
  readonly counts: Readonly<Partial<Record<Fault, number>>>;
}

/** Who is where: for a run that does not come to its end. */
export function whereIs({ far, people }: Arena): string {
  const each = people.map(({ name, standing, waiting, place, client, log }) => {
    const { status, error, transport } = client.connection.getSnapshot();
    const why = error ? ` (${error.kind}: ${error.message})` : '';
    return `${name}: ${status}${why} over ${transport}, ${standing}, sent ${log.sent.length}, waiting ${waiting}, at ${JSON.stringify(place)}`;
  });
  return [`server at ${JSON.stringify(far.place)}`, ...each].join('\n');
}

export async function runScenario(scenario: Scenario, way: Way, seed: number, ms: number): Promise<Outcome> {
  const { id, what, rates = { down: 30, up: 10 }, people = 2, options, inject, check } = scenario;
  const title = `${id} ${what}, ${way}, seed ${seed}`;
  const arena = await createArena({ ...options, seed, ways: Array.from({ length: people }, () => way) });
  try {
    const load = arena.talk(rates);
    await inject(arena, ms);
    await after(100); // so that something is said when all is well
    load.stop();
    await load.done;
    const healedAt = performance.now();
    await arena.settle(60_000);
    const settledMs = Math.round(performance.now() - healedAt);
    const score = arena.score();
    const { counts, buffered, connects } = arena.proxy;
    console.info(
      `${title}: ${lineOf(score)}; ${JSON.stringify(counts)}, ${connects} connections, buffered ≤ ${Math.ceil(buffered.peak / 1024)} KiB, settled in ${settledMs} ms${load.held > 0 ? `, held ${load.held}×` : ''}`,
    );
    expect(faultsOf(score), title).toEqual({});
    if (check) check(arena, score);
    else expect(score.gaps, title).toBe(0);
    return { score, counts };
  } catch (error) {
    throw new Error(`${title}: ${(error as Error).message}\n${whereIs(arena)}`, { cause: error });
  } finally {
    await arena.close();
  }
}
