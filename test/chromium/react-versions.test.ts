// The same page with each version of React, in StrictMode and without: one socket, all messages, nothing left, nothing said.

import { describe, expect, it } from 'vitest';
import type { Seat, Spec } from './app/lab.js';
import { buildPage } from './support/page.js';
import { eventually, openWorld } from './support/world.js';

const MANY = 1_000;
const KEPT = 100;
const numbers = Array.from({ length: MANY }, (_, index) => index);

const versions = [
  { name: 'React 18.2', react: '18.2', is: /^18\.2\./ },
  { name: 'React 18.3', react: '18.3', is: /^18\.3\./ },
  { name: 'React 19', react: undefined, is: /^19\./ },
] as const;

describe.each(versions)('$name', ({ react, is }) => {
  const world = openWorld(() => buildPage({ entry: new URL('./app/main.tsx', import.meta.url), react }));

  describe.each([true, false])('StrictMode %s', (strict) => {
    it('a link: a thousand messages, a bounded history, a remount, and nothing left', async () => {
      const tab = await world.page();
      const before = await tab.lab('ledger');
      expect(await tab.lab('react')).toMatch(is);
      const room = `link-${strict}`;
      const spec: Spec = { name: 'link', kind: 'websocket', url: world.at(room), options: { history: KEPT } };
      const view = () => tab.lab('view', 'link');

      await tab.lab('show', [spec], strict);
      await eventually(view).toMatchObject({ status: 'open' });
      for (const n of numbers) world.site.publish(room, n);
      await eventually(view).toMatchObject({ heard: numbers, messages: numbers.slice(-KEPT) });

      // another component in the same commit takes over the link, and finds what it keeps
      await tab.lab('show', [{ ...spec, key: 'anew' }], strict);
      world.site.publish(room, MANY);
      await eventually(view).toMatchObject({
        heard: [...numbers, MANY],
        messages: [...numbers, MANY].slice(-KEPT),
        errors: [],
        reconnects: 0,
      });

      await tab.lab('show', []);
      await eventually(() => world.site.room(room)).toEqual({ open: 0, most: 1, joins: 1 });
      expect(world.site.requests(room)).toHaveLength(1);
      await eventually(() => tab.lab('ledger')).toMatchObject({ timers: 0, listening: before.listening });
      expect(tab.said).toEqual([]);
    });

    it('a room: joined, said, shown and left, as the other one sees it', async () => {
      const [ada, ben] = [await world.page(), await world.page()];
      const before = await ada.lab('ledger');
      const visits = world.site.visits;
      const room = `room-${strict}`;
      const seat: Seat = { room, user: 'Ada', mood: 'calm' };
      await ada.lab('sit', seat, strict);
      await ben.lab('sit', { ...seat, user: 'Ben' }, strict);
      for (const each of [ada, ben])
        await eventually(() => each.lab('seated')).toMatchObject({ connection: 'open', room: 'joined' });
      await eventually(() => ada.lab('seated')).toMatchObject({ others: { Ben: { mood: 'calm' } } });
      await eventually(() => ben.lab('seated')).toMatchObject({ others: { Ada: { mood: 'calm' } } });

      const words = ['one', 'two', 'three'];
      for (const word of words) await ada.lab('tell', word);
      for (const each of [ada, ben])
        await eventually(() => each.lab('seated')).toMatchObject({ heard: words, messages: words, pending: 0 });

      await ada.lab('setMood', 'glad');
      await eventually(() => ada.lab('seated')).toMatchObject({ mine: { mood: 'glad' } });
      await eventually(() => ben.lab('seated')).toMatchObject({ others: { Ada: { mood: 'glad' } } });

      await ada.lab('sit', null);
      await eventually(() => ben.lab('seated')).toMatchObject({ others: {}, heard: words });
      await eventually(() => world.site.room(room)).toEqual({ open: 1, most: 2, joins: 2 });
      await eventually(() => ada.lab('ledger')).toMatchObject({ timers: 0, listening: before.listening });
      await ben.lab('sit', null);
      await eventually(() => world.site.room(room).open).toBe(0);
      expect(world.site.visits - visits).toBe(2); // one socket each, ever
      expect([...ada.said, ...ben.said]).toEqual([]);
    });
  });
});
