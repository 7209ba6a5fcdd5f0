// How what clients say is taken in: those who say much have their turns, one after the other. Handles nothing itself.

import type { Clock } from '../../base/clock.js';

/** What is known of one client. */
export interface Taken {
  readonly wire: { pause?(): void; resume?(): void };
  /** That were taken. */
  frames: number;
  /** When the last few of them began, in whole milliseconds. */
  sinceMs: number;
  isHeavy: boolean;
  /** Frames that it may still handle in its turn. */
  left: number;
  /** Its wire is not read for now. */
  isPaused: boolean;
}

export interface Intake<C extends Taken> {
  /** When the next frame may be handled; undefined: now. */
  frame(client: C): Promise<void> | undefined;
  /** When the next event of a frame may be handled, of which so many were. */
  event(client: C, handled: number): Promise<void> | undefined;
  /** So many frames wait, of many characters or not: by that it is read or not read, and without any its turn is over. */
  waiting(client: C, count: number, isLong?: boolean): void;
}

export interface IntakeParts<C extends Taken> {
  readonly clock: Clock;
  /** Runs something in the next turn of the event loop. */
  readonly soon: (run: () => void) => void;
  /** A client that says much has its turn: what answers it may go out together. Returns the end of that. */
  readonly onTurn: (client: C) => () => void;
}

/** So much in one turn of the event loop, for all who say much: whoever says little waits no longer for them. */
const SHARE_MS = 0.5;
/** So many are handled without a look at the time. */
const FEW = 16;
/** Who says as many frames in less says much. */
const HEAVY_MS = 50;
/** When more frames wait, no more are read: the client's own queue may hold them. */
const MANY = 1_000;

interface Place<C> {
  readonly client: C;
  readonly begin: () => void;
}

export function createIntake<C extends Taken>({ clock, soon, onTurn }: IntakeParts<C>): Intake<C> {
  /** Who waits for a turn. */
  const line: Place<C>[] = [];
  /** Who has one. */
  let current: C | undefined;
  let endTurn = (): void => {};
  let startedAt = 0;
  let isArmed = false;

  /** Says whether there was anybody. */
  const serve = (): boolean => {
    const next = line.shift();
    if (!next) return false;
    current = next.client;
    current.left = FEW - 1; // behind the one that it waited with
    endTurn = onTurn(current);
    next.begin();
    return true;
  };
  /** In each turn of the event loop one at least: also while another waits for what rooms stand on. */
  const arm = (): void => {
    if (isArmed) return;
    isArmed = true;
    soon(() => {
      isArmed = false;
      startedAt = clock.now();
      end();
      if (serve()) arm(); // also for that one alone: it comes again
    });
  };
  const end = (): void => {
    current = undefined;
    const last = endTurn;
    endTurn = () => {};
    last();
  };
  const over = (client: C): void => {
    client.left = 0;
    if (client !== current) return;
    end();
    if (clock.now() - startedAt < SHARE_MS) serve();
  };
  const queue = (client: C): Promise<void> => {
    const turn = new Promise<void>((begin) => line.push({ client, begin }));
    over(client); // and perhaps it is the next one, too
    if (!current && !isArmed) {
      startedAt = clock.now();
      serve();
    }
    arm();
    return turn;
  };

  return {
    frame(client) {
      if (++client.frames % FEW === 0) {
        const now = Math.trunc(clock.now());
        client.isHeavy = now - client.sinceMs < HEAVY_MS;
        client.sinceMs = now;
      }
      if (!client.isHeavy) return undefined;
      return client.left-- > 0 ? undefined : queue(client);
    },
    // a few are no more than a few frames
    event: (client, handled) => (handled > 0 && handled % FEW === 0 ? queue(client) : undefined),
    waiting(client, count, isLong = false) {
      if (count === 0) over(client);
      const isPaused = isLong || count > (client.isPaused ? FEW : MANY);
      if (client.isPaused === isPaused) return;
      client.isPaused = isPaused;
      if (isPaused) client.wire.pause?.();
      else client.wire.resume?.();
    },
  };
}
