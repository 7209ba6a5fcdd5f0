// The room of the cursors: where somebody points, in shares of the width and the height. No React.

import { z } from 'zod';
import { defineRoom } from '../../src/index.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const point = z.object({ x: z.number(), y: z.number() });

/** Messages are calls: "look here". They are said now or never, and nobody keeps them. */
export const tableOf = defineRoom<Point, { readonly at: Point | null }>('cursors', {
  message: point,
  presence: z.object({ at: point.nullable() }),
});

export const CALL = 'call';

const share = (value: number): number => Math.round(Math.min(Math.max(value, 0), 1) * 1_000) / 1_000;

export const pointOf = (x: number, y: number): Point => ({ x: share(x), y: share(y) });

const STEPS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where a key takes a cursor; undefined: it is not one of those that move. */
export function stepOf(key: string, from: Point, share: number): Point | undefined {
  const [x, y] = STEPS[key] ?? [];
  return x === undefined || y === undefined ? undefined : pointOf(from.x + x * share, from.y + y * share);
}
