// Who shows what on this server, kept true in Redis: changes in their order, grouped; all of it again where Redis may have forgotten. Knows no Redis.

import type { Clock } from '../../../base/clock.js';
import type { PresenceEntry } from '../../../protocol/rooms-frames.js';
import type { Members } from '../../backplane.js';
import type { Standing } from './redis-room.js';
import { createShared } from './shared.js';

export interface Answer extends Standing {
  /** Was this server known to be alive? */
  readonly held: boolean;
  readonly entries: readonly PresenceEntry[];
}

export interface Question {
  /** Does this server show anything there? */
  readonly has: boolean;
  /** Are these all entries of this server? */
  readonly isWhole: boolean;
  readonly wantsList: boolean;
  /** As the script reads them. */
  readonly changes: readonly (readonly string[])[];
}

export interface RedisPresence {
  enter(room: string, entry: PresenceEntry): Promise<void>;
  leave(room: string, connection: string, n: number): Promise<void>;
  members(room: string): Promise<Members>;
  /** Says that this server is alive, and what it shows where that may have been lost. */
  renew(room: string): Promise<Standing>;
  /** Redis was away: all of it may have been lost. */
  doubt(): void;
  /** Where something is shown, or is to be said again. */
  rooms(): Iterable<string>;
  /** Takes everything back; resolves when that was tried. */
  close(): Promise<void>;
}

export interface RedisPresenceParts {
  readonly clock: Clock;
  readonly tickMs: number;
  readonly ask: (room: string, question: Question) => Promise<Answer>;
}

interface Waiting {
  readonly change: readonly string[];
  readonly done: (() => void)[];
  readonly failed: ((error: unknown) => void)[];
}

interface Board {
  readonly entries: Map<string, PresenceEntry>;
  /** Left while Redis could not be told. Mostly their clients could not join again for the same reason, and are about to. */
  readonly lingering: Map<string, PresenceEntry>;
  waiting: Waiting[];
  isBusy: boolean;
  /** Redis may think something else. */
  isDoubtful: boolean;
  quietAt: number;
}

/** How long clients take to join again once they can: 1 to 2 s (docs/protocol.md), and a while for the way. */
const LINGER_MS = 3_000;
/** In one step: Redis does nothing else meanwhile. */
const MAX_CHANGES = 500;

const entering = ({ user, connection, n, data, joinedAt }: PresenceEntry): readonly string[] => [
  'enter',
  JSON.stringify(connection),
  String(n),
  JSON.stringify(user),
  JSON.stringify(data),
  String(joinedAt),
];
const leaving = (connection: string, n: number): readonly string[] => ['leave', JSON.stringify(connection), String(n)];

export function createRedisPresence({ clock, tickMs, ask }: RedisPresenceParts): RedisPresence {
  const boards = new Map<string, Board>();
  let lingersUntil = 0;
  const boardOf = (room: string): Board => {
    const found = boards.get(room);
    if (found) return found;
    const board: Board = {
      entries: new Map(),
      lingering: new Map(),
      waiting: [],
      isBusy: false,
      isDoubtful: false,
      quietAt: 0,
    };
    boards.set(room, board);
    return board;
  };
  const isShown = (board: Board | undefined): boolean => !!board && board.entries.size + board.lingering.size > 0;
  const tidy = (room: string, board: Board): void => {
    const { waiting, isBusy, isDoubtful } = board;
    if (!isShown(board) && waiting.length === 0 && !isBusy && !isDoubtful) boards.delete(room);
  };

  /** One question at a time about a room: what was asked first takes effect first. */
  const flush = async (room: string, board: Board): Promise<void> => {
    if (board.isBusy || board.waiting.length === 0) return;
    board.isBusy = true;
    const wait = board.quietAt - clock.now();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    const now = board.waiting.splice(0, MAX_CHANGES);
    board.quietAt = clock.now() + tickMs;
    try {
      const changes = now.map(({ change }) => change);
      await ask(room, { has: isShown(board), isWhole: false, wantsList: false, changes });
      for (const { done } of now) for (const each of done) each();
    } catch (error) {
      board.isDoubtful = true; // it may have happened all the same
      for (const { failed } of now) for (const each of failed) each(error);
    }
    board.isBusy = false;
    if (board.waiting.length > 0) void flush(room, board);
    else tidy(room, board);
  };
  const say = (room: string, board: Board, change: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const last = board.waiting.at(-1);
      // of one entry's updates in a row only the newest is of interest
      if (last?.change[0] === 'enter' && change[0] === 'enter' && last.change[1] === change[1]) {
        board.waiting.pop();
        board.waiting.push({ change, done: [...last.done, resolve], failed: [...last.failed, reject] });
      } else board.waiting.push({ change, done: [resolve], failed: [reject] });
      void flush(room, board);
    });

  // a thousand who join at once ask for the same list of a thousand
  const members = createShared(async (room): Promise<Members> => {
    const has = isShown(boards.get(room));
    const { seq, entries } = await ask(room, { has, isWhole: false, wantsList: true, changes: [] });
    return { seq, entries };
  });

  return {
    enter(room, entry) {
      const board = boardOf(room);
      const known = board.entries.get(entry.connection);
      if (known && known.n >= entry.n) return Promise.resolve();
      const next = known ? { ...entry, joinedAt: known.joinedAt } : entry;
      board.entries.set(entry.connection, next);
      board.lingering.delete(entry.connection);
      return say(room, board, entering(next));
    },
    leave(room, connection, n) {
      const board = boardOf(room);
      const known = board.entries.get(connection);
      if (known && known.n > n) return Promise.resolve();
      board.entries.delete(connection);
      return say(room, board, leaving(connection, n)).catch((error: unknown) => {
        if (known && !board.entries.has(connection)) board.lingering.set(connection, known);
        throw error;
      });
    },
    members,
    async renew(room) {
      const board = boards.get(room);
      const tell = async (isWhole: boolean): Promise<Answer> => {
        const all = board && isWhole ? [...board.lingering.values(), ...board.entries.values()] : [];
        if (board && isWhole) board.isDoubtful = false;
        try {
          return await ask(room, { has: isShown(board), isWhole, wantsList: false, changes: all.map(entering) });
        } catch (error) {
          if (board && isWhole) board.isDoubtful = true;
          throw error;
        }
      };
      if (board && board.lingering.size > 0 && clock.now() >= lingersUntil) {
        board.lingering.clear();
        board.isDoubtful = true;
      }
      let answer = await tell(board?.isDoubtful ?? false);
      // others took it for dead, or Redis has forgotten everything
      if (!answer.held && isShown(board)) answer = await tell(true);
      if (board) tidy(room, board);
      return answer;
    },
    doubt() {
      lingersUntil = clock.now() + LINGER_MS;
      for (const board of boards.values()) board.isDoubtful = true;
    },
    rooms: () => boards.keys(),
    async close() {
      const all = [...boards.keys()];
      const nothing = { has: false, isWhole: true, wantsList: false, changes: [] };
      await Promise.allSettled(all.map((room) => ask(room, nothing)));
      boards.clear();
    },
  };
}
