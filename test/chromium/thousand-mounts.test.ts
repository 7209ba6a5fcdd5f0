// Demand 14 in a real page: after 1,000 mounts and unmounts there is nothing left on either side.

import { expect, it } from 'vitest';
import type { Spec } from './app/lab.js';
import { eventually, openWorld } from './support/world.js';

const world = openWorld();
const kinds = ['websocket', 'sse', 'long-poll', 'poll'] as const;

/** Without a linger each cycle opens a link of its own; with one a single link is handed from cycle to cycle. */
for (const [lingerMs, cycles, name] of [
  [250, 1_000, 'with the default linger'],
  [0, 50, 'without a linger'],
] as const)
  it(`leaves nothing after ${cycles} mounts of every hook, ${name}`, async () => {
    const tab = await world.page();
    const room = (kind: string): string => `mounts-${lingerMs}-${kind}`;
    const specs = kinds.map((kind): Spec => ({
      name: kind,
      kind,
      url: world.at(room(kind), kind === 'long-poll' ? '&wait=25' : ''),
      options: { lingerMs },
    }));
    const before = await tab.lab('ledger');
    expect(before.timers).toBe(0);
    await tab.lab('churn', specs, cycles, lingerMs > 0 ? undefined : 'websocket');

    for (const kind of kinds) await eventually(() => world.site.room(room(kind)).open).toBe(0);
    await eventually(async () => (await tab.lab('ledger')).timers).toBe(0);
    expect((await tab.lab('ledger')).listening).toEqual(before.listening);
    expect((await tab.lab('ledger')).everHeard).toContain('visibilitychange'); // there was something to count
    if (lingerMs > 0) expect(world.site.room(room('websocket'))).toEqual({ open: 0, most: 1, joins: 1 });
    else expect(world.site.room(room('websocket')).joins).toBe(cycles);
    // and it still works
    await tab.lab('show', specs);
    for (const kind of kinds) await eventually(async () => (await tab.lab('view', kind)).status).toBe('open');
    expect(tab.said).toEqual([]);
  });
