// Where a link is cut: at a byte, somewhere in a piece, inside a named frame. Cuts nothing itself.

import type { Trap } from './pipe.js';

/** So many bytes from now. */
export function atByte(count: number): Trap {
  let left = count;
  return (piece) => {
    if (piece.length >= left) return left;
    left -= piece.length;
    return undefined;
  };
}

/** Somewhere in the next piece. */
export function insideNext(random: () => number): Trap {
  return (piece) => Math.floor(random() * piece.length);
}

/** In the piece that contains `marker`, after `count` of its bytes; `met` hears how long it was. */
export function insideFrame(marker: string, count: number, met: (length: number) => void): Trap {
  return (piece) => {
    if (!piece.includes(marker)) return undefined;
    met(piece.length);
    return Math.min(count, piece.length);
  };
}

/** From the piece that contains `marker` on; `met` hears of it. */
export function holdFrom(marker: string, met: () => void): Trap {
  return (piece) => {
    if (!piece.includes(marker)) return undefined;
    met();
    return 'hold';
  };
}
