// The same page with each version of React, in StrictMode and without: one socket, all messages, nothing left, nothing said.

import { describe, expect, it } from 'vitest';
import { WebSocket as Socket } from 'ws';
import { createRealtimeClient, webSocket } from '../../src/core.js';
import type { Spec } from './app/lab.js';
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

    it('a room: joined, said, shown and left, as somebody else sees it', async () => {
      const tab = await world.page();
      const before = await tab.lab('ledger');
      const visits = world.site.visits;
      const room = `room-${strict}`;
      const seated = () => tab.lab('seated');
      const client = createRealtimeClient({
        transport: webSocket(`${world.site.origin.replace('http', 'ws')}/realtime`, { WebSocket: Socket }),
        auth: { getToken: () => 'Ben' },
      });
      const other = client.room<string, { readonly mood: string }>(room);
      const moods = () => [...other.getSnapshot().members.values()].map(({ id, presence }) => `${id} ${presence.mood}`);
      const away = other.subscribe(() => {});
      const leave = other.enter({ mood: 'calm' });

      await tab.lab('sit', { room, user: 'Ada', mood: 'calm' }, strict);
      await eventually(seated).toMatchObject({ connection: 'open', room: 'joined', others: { Ben: { mood: 'calm' } } });
      await eventually(() => moods().sort()).toEqual(['Ada calm', 'Ben calm']);

      await tab.lab('tell', 'one');
      await eventually(() => other.getSnapshot().messages.map(({ data }) => data)).toEqual(['one']);
      other.send('two');
      await eventually(seated).toMatchObject({ heard: ['one', 'two'], messages: ['one', 'two'], pending: 0 });

      await tab.lab('setMood', 'glad');
      await eventually(seated).toMatchObject({ mine: { mood: 'glad' } });
      await eventually(() => moods().sort()).toEqual(['Ada glad', 'Ben calm']);
      other.updatePresence({ mood: 'sad' });
      await eventually(seated).toMatchObject({ others: { Ben: { mood: 'sad' } } });

      await tab.lab('sit', null);
      await eventually(moods).toEqual(['Ben sad']);
      await eventually(() => world.site.room(room)).toEqual({ open: 1, most: 2, joins: 2 });
      await eventually(() => tab.lab('ledger')).toMatchObject({ timers: 0, listening: before.listening });
      leave();
      away();
      await eventually(() => world.site.room(room).open).toBe(0);
      expect(world.site.visits - visits).toBe(2); // one socket each, ever
      expect(tab.said).toEqual([]);
    });
  });
});
