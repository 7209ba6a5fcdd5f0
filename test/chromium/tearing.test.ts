// No tearing: whatever interrupts React in its work, at every commit all that read the same thing show the same. In a real browser,
// with each version of React, with StrictMode and without, with the React Compiler and without.

import { describe, expect, it } from 'vitest';
import type { Act, Play, Report } from './scenes/words.js';
import { buildPage } from './support/page.js';
import { openWorld } from './support/world.js';

const ROUNDS = 2;
/** In each round something is said at two places in the middle of the work, and before the first round once. */
const SAID = 1 + 2 * ROUNDS;

interface Build {
  readonly name: string;
  readonly version: RegExp;
  readonly react?: '18.2' | '18.3';
  readonly compiler?: true;
  readonly acts: readonly Act[];
  readonly ways: readonly Pick<Play, 'strict' | 'flush'>[];
}
const strict = { strict: true, flush: 'frame' } as const;
const loose = { strict: false, flush: 'sync' } as const;
const all: readonly Act[] = ['transition', 'deferred', 'mount', 'suspense', 'activity'];
const some: readonly Act[] = ['transition', 'mount', 'suspense'];
const builds: readonly Build[] = [
  { name: 'React 19', version: /^19\./, acts: all, ways: [strict, loose] },
  { name: 'React 19, compiled', version: /^19\./, compiler: true, acts: all, ways: [strict] },
  { name: 'React 18.2', version: /^18\.2\./, react: '18.2', acts: some, ways: [strict, loose] },
  { name: 'React 18.3', version: /^18\.3\./, react: '18.3', acts: some, ways: [strict] },
];

describe.each(builds)('$name', ({ version, react, compiler = false, acts, ways }) => {
  const world = openWorld(() => buildPage({ entry: new URL('./scenes/main.tsx', import.meta.url), react, compiler }));

  describe.each(ways)('StrictMode $strict, flush $flush', (way) => {
    it.each(acts)('%s', async (act) => {
      const tab = await world.page();
      const play: Play = { act, ...way, rounds: ROUNDS };
      const report = (await tab.evaluate(`lab.play(${JSON.stringify(play)})`)) as Report;

      expect(report).toMatchObject({ react: expect.stringMatching(version) as unknown, compiled: compiler });
      // level 1: no commit shows two things, and nothing is lost in the interruptions, the cut included
      expect(report.torn).toEqual([]);
      const last = String(SAID);
      expect(report.shown).toEqual({ feed: last, status: 'open', room: last, people: last, connection: 'open' });
      expect(report.said).toBe(SAID);
      // there were some
      expect(report.interruptions).toBeGreaterThanOrEqual(ROUNDS);
      // level 2: while the work is pending, what comes from outside is shown, and a click is answered
      expect(report.shownMeanwhile).toBeGreaterThanOrEqual(ROUNDS);
      if (act !== 'suspense') {
        expect(report.clicks).toBe(ROUNDS);
        expect(report.clicksShownMeanwhile).toBe(ROUNDS);
      }
      // a room is there for whoever comes; a feed begins at rest, in its first commit, and what was hidden is as it was
      const atRest = ["feed '0'", "status 'idle'"];
      if (act !== 'activity') expect(atRest).toEqual(expect.arrayContaining([...report.late]));
      expect(report.late.filter((each) => !/^(feed|status) /.test(each))).toEqual([]);

      expect(report.sockets).toBe(2); // one, and one after the cut
      expect(tab.said).toEqual([]);
    });
  });
});
