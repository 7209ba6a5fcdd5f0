// A ladder under everything that may happen to it, by seed: one end at most, never silence without a wire, nothing left behind.

import { expect, test } from 'vitest';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedWire } from '../../src/testing/scripted-transport.js';
import { fallback } from '../../src/transport/fallback.js';
import { dial } from '../support/dial.js';
import { type Chance, overSeeds } from '../support/seed.js';

const LINKS = 4;
const STEPS = 60;
const ENDS = /^(refused|lost|timeout|stalled|protocol)/;

function walk({ random, pick }: Chance): void {
  const chance = (part: number): boolean => random() < part;
  const manual = createManualHost();
  const host = { ...manual, random };
  const opened = new Set<ScriptedWire>();
  const accept = (wire: ScriptedWire): void => (opened.add(wire), wire.accept());
  const drop = (wire: ScriptedWire): void => {
    const code = pick([undefined, 1006, 4409, 1012, 401, 404, 503]);
    wire.drop({ why: opened.has(wire) ? 'lost' : 'refused', code });
  };
  const onDial = (wire: ScriptedWire): void => {
    if (chance(0.1)) accept(wire);
    else if (chance(0.15)) drop(wire);
  };
  const rungs = ['a', 'b', 'c'].map((name) => createScriptedTransport({ name, onDial }));
  const options = { probeAfterMs: pick([0, 100, 30_000]), stableMs: pick([0, 10_000]) };
  const transport = fallback(rungs, options);
  const alive = (): ScriptedWire[] => rungs.flatMap(({ dials }) => dials.filter(({ live }) => live));
  const left = (): unknown => [alive().length, manual.clock.pending, manual.watchers];

  for (let link = 0; link < LINKS; link++) {
    const near = dial(transport, { host });
    let closed = false;
    const close = (): void => {
      closed = true;
      near.wire.close(1000);
    };
    const ends = (code: number): void => near.wire.ends?.({ why: 'lost', code });
    if (chance(0.2)) near.on(pick(['opened', 'moved', 'frame', 'pulse']), close);
    if (chance(0.2)) near.on(pick(['moved', 'frame']), () => ends(1012));
    for (let step = 0; step < STEPS; step++) {
      const told = near.said.filter((each) => ENDS.test(each));
      const isOver = closed || told.length > 0;
      if (told.length > 0) expect([told.length, near.said.at(-1)]).toEqual([1, told[0]]);
      if (isOver) expect(left()).toEqual([0, 0, 0]);
      else expect([1, 2]).toContain(alive().length);
      if (isOver) break;
      const wire = pick(alive());
      const has = opened.has(wire);
      const what = random();
      if (what < 0.3) accept(wire);
      else if (what < 0.42) drop(wire);
      else if (what < 0.5 && has) wire.frame('said');
      else if (what < 0.56 && has) wire.sink.cursor(String(step));
      else if (what < 0.6 && has) wire.sink.reopening({ why: 'lost' });
      else if (what < 0.64) ends(pick([4409, 1012, 4401]));
      else if (what < 0.68) manual.setFocus(pick(['visible', 'hidden', 'suspended']));
      else if (what < 0.71) manual.setOnline(chance(0.6));
      else if (what < 0.73) close();
      else manual.clock.advance(pick([0, 1, 500, 1_000, 4_000, 30_000, 300_000]));
    }
    near.wire.close();
    expect(left()).toEqual([0, 0, 0]);
  }
}

test(`holds through ${LINKS * 500} links`, () => overSeeds(500, walk));
