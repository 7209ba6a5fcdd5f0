// C4, exhaustively: the link is cut at every byte of a data frame, an acknowledgement, the answer to a join, the answer to
// a resume and a publication on its way up; after each cut everything is there once, in order, and acknowledged.

import { describe, expect, test } from 'vitest';
import { type Arena, createArena } from './arena.js';
import type { Person, Way } from './person.js';
import type { Side } from './link.js';
import { faultsOf, lineOf } from './score.js';
import { isFull } from './size.js';
import type { Trap } from './pipe.js';
import { insideFrame } from './traps.js';
import { until } from './until.js';
import { ROOM } from './what.js';

interface Kind {
  readonly name: string;
  readonly side: Side;
  /** In the frame that is cut. WebSockets mask what goes up: the next piece is it. */
  readonly marker: string;
  /** Makes that frame be said. */
  readonly provoke: (arena: Arena, person: Person, round: number) => void;
  /** What it brought is there. */
  readonly isThere: (arena: Arena, person: Person, round: number) => boolean;
}

const isCaughtUp = ({ far }: Arena, { place, isJoined, waiting }: Person): boolean =>
  isJoined && waiting === 0 && place?.offset === far.place.offset;
const other = (round: number): string => `${ROOM}-${round}`;

const kinds: readonly Kind[] = [
  {
    name: 'a data frame',
    side: 'down',
    marker: '"t":"message"',
    provoke: ({ far }) => far.publish(),
    isThere: isCaughtUp,
  },
  {
    name: 'an acknowledgement',
    side: 'down',
    marker: '"t":"ack"',
    provoke: (_, person) => person.say(),
    isThere: isCaughtUp,
  },
  {
    name: 'the answer to a join',
    side: 'down',
    marker: '"t":"joined"',
    provoke(_arena, { client }, round) {
      const leave = client.room(other(round)).subscribe(() => {
        if (client.room(other(round)).getSnapshot().status === 'joined') queueMicrotask(leave);
      });
    },
    isThere: (arena, person, round) =>
      person.client.room(other(round)).getSnapshot().status === 'idle' && isCaughtUp(arena, person),
  },
  {
    name: 'the answer to a resume',
    side: 'down',
    marker: '"t":"joined"',
    provoke({ far }, { client }) {
      void client.reconnect().catch(() => {}); // it is cut
      far.publish();
    },
    isThere: isCaughtUp,
  },
  {
    name: 'a publication',
    side: 'up',
    marker: '"t":"publish"',
    provoke: (_, person) => person.say(),
    isThere: isCaughtUp,
  },
];

const ways: readonly Way[] = ['websocket', 'sse', 'long-poll', 'poll'];
/** Of the short set: every byte of a data frame over WebSocket; elsewhere one byte in so many. */
const SOME = 23;

const wanted = ways.flatMap((way) => kinds.map((kind) => [way, kind.name, kind] as const));

describe.concurrent('cut at every byte', () => {
  test.each(wanted)('%s: %s', { timeout: 300_000 }, async (way, name, { side, marker, provoke, isThere }) => {
    const arena = await createArena({
      ...{ seed: 1, ways: [way], rttMs: 0, heartbeatMs: 60_000 },
      heartbeat: { intervalMs: 60_000, timeoutMs: 60_000 },
      retry: { minDelayMs: 1, initialDelayMs: 2, maxDelayMs: 10 },
    });
    try {
      const { proxy, people } = arena;
      const [person] = people as readonly [Person];
      const step = isFull || (way === 'websocket' && name === 'a data frame') ? 1 : SOME;
      let length = 0;
      let cuts = 0;
      for (let at = 0; at <= length; at += step) {
        let met = -1;
        const hears = (bytes: number): void => void (met = bytes);
        const next: Trap = (piece) => {
          hears(piece.length);
          return Math.min(at, piece.length);
        };
        proxy.trap(side, side === 'up' && way === 'websocket' ? next : insideFrame(marker, at, hears));
        let provokedAt = -Infinity;
        await until(`the cut at byte ${at} of ${length}`, () => {
          // what was said while the last cut was not yet heard of comes with the resume, and not in this frame
          if (met < 0 && performance.now() - provokedAt > 300) {
            provokedAt = performance.now();
            provoke(arena, person, at);
          }
          return met >= 0;
        });
        await until(`recovery after a cut at byte ${at} of ${met}`, () => isThere(arena, person, at), 20_000);
        length = Math.max(length, met);
        cuts++;
      }
      const score = arena.score();
      console.info(`C4 ${way}, ${name}: cut at ${cuts} of ${length} bytes: ${lineOf(score)}`);
      expect(faultsOf(score)).toEqual({});
      expect(score.gaps).toBe(0);
      expect(proxy.counts.trap).toBe(cuts);
    } finally {
      await arena.close();
    }
  });
});
