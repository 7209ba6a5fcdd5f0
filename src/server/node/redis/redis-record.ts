// How a room is written in Redis: names of keys, and one text for a message, in the stream and on the channel alike. Pure.

import { fromBase64, toBase64 } from '../../../protocol/base64.js';
import type { PresenceChange } from '../../../protocol/rooms-frames.js';
import type { Draft, RoomMessage } from '../../backplane.js';

/** What a channel tells. `at` is the time of Redis. */
export type RedisRecord =
  | { readonly kind: 'message'; readonly epoch: string; readonly message: RoomMessage }
  | {
      readonly kind: 'presence';
      readonly epoch: string;
      readonly seq: number;
      readonly at: number;
      readonly changes: readonly PresenceChange[];
    }
  /** The room began anew. */
  | { readonly kind: 'epoch'; readonly epoch: string };

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16)}`;

/** A name is data: braces would end the part that a cluster hashes, and half a character would be another one's half in UTF-8. */
export const channelOf = (prefix: string, room: string): string => `${prefix}{${room.replace(/[{}%\p{Cs}]/gu, hex)}}`;

/** As scripts.ts names them: meta, stream, ledger, order, board, leases. */
export const keysOf = (channel: string): readonly string[] =>
  ['meta', 'stream', 'ledger', 'order', 'board', 'leases'].map((part) => `${channel}:${part}`);

/** Whose message it is; '' for one that nobody can say again. */
export const ledgerKeyOf = ({ from, id }: Draft): string => (from === null ? '' : JSON.stringify([from, id]));

/** The part that a script writes behind the place. */
export const headOf = ({ id, from, type, payload }: Draft): string =>
  JSON.stringify([id, from, type, typeof payload === 'string' ? 0 : 1]).slice(1, -1);

export const bodyOf = ({ payload }: Draft): string => (typeof payload === 'string' ? payload : toBase64(payload));

/** A message as a stream has it. Throws for what none of us has written. */
export function messageOf(text: string): RoomMessage {
  const record = recordOf(text);
  if (record?.kind !== 'message') throw new TypeError('The stream of a room has an entry that is no message.');
  return record.message;
}

type Head = readonly [
  ...[kind: string, epoch: string, place: number, at: number],
  ...[id: string, from: string | null, type: string, isBytes: number],
];

/** undefined: none of us has written that. */
export function recordOf(text: string): RedisRecord | undefined {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  try {
    const [kind, epoch, place, at, id, from, type, isBytes] = JSON.parse(text.slice(0, end)) as Head;
    if (kind === 'e') return { kind: 'epoch', epoch };
    if (kind === 'p') return { kind: 'presence', epoch, seq: place, at, changes: JSON.parse(body) as PresenceChange[] };
    if (kind !== 'm') return undefined;
    const payload = isBytes ? (fromBase64(body) ?? new Uint8Array()) : body;
    return { kind: 'message', epoch, message: { epoch, offset: place, id, from, payload, type, at } };
  } catch {
    return undefined;
  }
}
