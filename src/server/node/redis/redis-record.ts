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

/** A message as a stream has it. */
export function messageOf(text: string): RoomMessage {
  const record = recordOf(text);
  if (record.kind !== 'message') throw new TypeError('no message');
  return record.message;
}

/** Throws for what none of us has written. */
export function recordOf(text: string): RedisRecord {
  const end = text.indexOf('\n');
  const [kind, epoch, place, at, id, from, type, isBytes] = JSON.parse(text.slice(0, end)) as [
    ...[kind: string, epoch: string, place: number, at: number],
    ...[id: string, from: string | null, type: string, isBytes: number],
  ];
  const body = text.slice(end + 1);
  if (kind === 'p') {
    const changes = JSON.parse(body) as readonly PresenceChange[];
    return { kind: 'presence', epoch, seq: place, at, changes };
  }
  if (kind === 'e') return { kind: 'epoch', epoch };
  if (kind !== 'm') throw new TypeError(`a record of the kind ${kind}`);
  const payload = isBytes ? (fromBase64(body) ?? new Uint8Array()) : body;
  return { kind: 'message', epoch, message: { epoch, offset: place, id, from, payload, type, at } };
}
