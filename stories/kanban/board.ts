// A board as the fold of what was said in its room. Pure: the same moves in the same order are the same board for everybody.

import { z } from 'zod';
import { defineRoom, type RoomMessage } from '../../src/index.js';

export const COLUMNS = ['To do', 'Doing', 'Done'] as const;
export type Column = (typeof COLUMNS)[number];

const column = z.enum(COLUMNS);

const move = z.discriminatedUnion('do', [
  z.object({ do: z.literal('add'), card: z.string(), text: z.string(), to: column }),
  /** `before`: a card of that column; null, or one that is not there: to its end. */
  z.object({ do: z.literal('move'), card: z.string(), to: column, before: z.string().nullable() }),
  z.object({ do: z.literal('remove'), card: z.string() }),
]);
export type Move = z.infer<typeof move>;

/** `holds`: the card that somebody has their hands on. */
export const boardRoom = defineRoom<Move, { readonly holds: string | null }>('board', {
  message: move,
  presence: z.object({ holds: z.string().nullable() }),
});

export interface Card {
  readonly id: string;
  readonly text: string;
  /** The last move of it is not acknowledged yet. */
  readonly pending: boolean;
}

export type Board = Readonly<Record<Column, readonly Card[]>>;

const card = (id: string, text: string): Card => ({ id, text, pending: false });

/** What every board begins with. */
const firstBoard: Board = {
  'To do': [card('1', 'Write to the stations'), card('2', 'Dark mode for platform 9'), card('3', 'Ask about the lift')],
  Doing: [card('4', 'Timetable as a stream')],
  Done: [card('5', 'The font')],
};

/** One move. A card that is not there any more is moved nowhere: somebody removed it first. */
function reduceBoard(board: Board, step: Move, pending: boolean): Board {
  const moved = step.do === 'add' ? { id: step.card, text: step.text } : findCard(board, step.card)?.card;
  if (!moved) return board;
  const next: Record<Column, readonly Card[]> = { ...board };
  for (const name of COLUMNS) next[name] = board[name].filter(({ id }) => id !== step.card);
  if (step.do === 'remove') return next;
  const cards = next[step.to];
  const at = step.do === 'move' ? cards.findIndex(({ id }) => id === step.before) : -1;
  const place = at === -1 ? cards.length : at;
  next[step.to] = [...cards.slice(0, place), { id: moved.id, text: moved.text, pending }, ...cards.slice(place)];
  return next;
}

/**
 * The messages of a room are in the room's order, and ours that are on their way come after them: so the fold is what will be, if
 * nobody else is faster. What the server refused did not happen.
 */
export function boardOf(messages: readonly RoomMessage<Move>[]): Board {
  return messages.reduce(
    (board, { data, state }) => (state === 'failed' ? board : reduceBoard(board, data, state === 'pending')),
    firstBoard,
  );
}

export interface Found {
  readonly card: Card;
  readonly column: Column;
  readonly index: number;
}

export function findCard(board: Board, id: string): Found | undefined {
  for (const name of COLUMNS) {
    const index = board[name].findIndex((each) => each.id === id);
    const found = board[name][index];
    if (found) return { card: found, column: name, index };
  }
  return undefined;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The move of a card by one place; undefined: there is no place. */
export function stepOf(board: Board, id: string, direction: Direction): Move | undefined {
  const found = findCard(board, id);
  if (!found) return undefined;
  const { column: from, index } = found;
  if (direction === 'left' || direction === 'right') {
    const to = COLUMNS[COLUMNS.indexOf(from) + (direction === 'left' ? -1 : 1)];
    // beside where it was, as far as the other column reaches
    return to && { do: 'move', card: id, to, before: board[to][index]?.id ?? null };
  }
  const cards = board[from];
  if (direction === 'up' ? index === 0 : index === cards.length - 1) return undefined;
  return { do: 'move', card: id, to: from, before: cards[direction === 'up' ? index - 1 : index + 2]?.id ?? null };
}
