// A message on its way: as it is said, and as it is written down to outlive the page. Sends nothing and keeps nothing.

import { RealtimeError } from '../base/error.js';
import { isId, isRoomName } from '../protocol/read-frames.js';

/** `event` is the `publish` event as JSON. */
export interface Publication {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly volatile: boolean;
  /** While it waits, a later one with the same key takes its place. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** An earlier page has left it. */
  readonly isLeft?: boolean | undefined;
}

/** What is known of a message besides what is said. Moments are milliseconds since 1970: they are compared on another day. */
export interface Paper {
  readonly sentAt: number;
  /** It is given up then; null: never. */
  readonly until: number | null;
  /** When it first may have left; null: it has not. */
  readonly leftAt: number | null;
  /** Who wrote it; null: nobody knew yet. */
  readonly user: string | null;
}

/** What an earlier page wrote down. */
export interface Found extends Paper {
  readonly room: string;
  readonly id: string;
  readonly data: unknown;
  readonly type: string;
  readonly event: string;
}

/** Throws in the caller's stack what cannot travel. */
export function publishEvent(room: string, id: string, data: unknown, type: string): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    if (JSON.stringify(data) !== undefined)
      text = JSON.stringify({ t: 'publish', room, id, data, ...(type === 'message' ? {} : { type }) });
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new RealtimeError('invalid', 'JSON cannot carry this message: no functions, BigInts or cycles.', { cause });
}

/** The event stays as it is, on a line of its own: it is written often and read seldom. */
export function paperText({ sentAt, until, leftAt, user }: Paper, event: string): string {
  return `${JSON.stringify([sentAt, until, leftAt, user])}\n${event}`;
}

const isMoment = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e15;
const isMaybe = (value: unknown): value is number | null => value === null || isMoment(value);

/** undefined: nothing that we wrote. */
export function readPaper(text: string): Found | undefined {
  const line = text.indexOf('\n');
  try {
    const [sentAt, until, leftAt, user] = JSON.parse(text.slice(0, Math.max(0, line))) as readonly unknown[];
    const {
      t,
      room,
      id,
      data,
      type = 'message',
    } = JSON.parse(text.slice(line + 1)) as Readonly<Record<string, unknown>>;
    if (t !== 'publish' || !isRoomName(room) || !isId(id) || data === undefined || typeof type !== 'string')
      return undefined;
    if (!isMoment(sentAt) || !isMaybe(until) || !isMaybe(leftAt) || !(user === null || isId(user))) return undefined;
    // said anew: whatever else was in it is not said
    return { sentAt, until, leftAt, user, room, id, data, type, event: publishEvent(room, id, data, type) };
  } catch {
    return undefined;
  }
}
