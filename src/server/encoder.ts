// What rooms tell, as JSON, made once however many hear it. Sends nothing.

import { toBase64 } from '../protocol/base64.js';
import type { PresenceEntry } from '../protocol/rooms-frames.js';
import type { Members, Past, RoomEvent, RoomMessage } from './backplane.js';

export interface Encoder {
  /** A `message`, `presence` or `resync`. */
  event(room: string, event: RoomEvent): string;
  joined(room: string, join: number, past: Past): string;
  history(room: string, request: number, past: Past): string;
  members(room: string, members: Members): string;
}

/** JSON text as a string or bytes as base64. */
const dataOf = ({ payload }: RoomMessage): string => (typeof payload === 'string' ? payload : `"${toBase64(payload)}"`);
const typeOf = ({ payload, type }: RoomMessage): string | undefined =>
  typeof payload === 'string' ? (type === 'message' ? undefined : type) : 'binary';

const fieldsOf = (message: RoomMessage): string => {
  const { offset, id, from, at } = message;
  const head = JSON.stringify({ offset, id, from, at, type: typeOf(message) });
  return `${head.slice(1, -1)},"data":${dataOf(message)}`;
};

/** `make`, once for each object. */
function once<K extends object>(make: (key: K) => string): (key: K) => string {
  const made = new WeakMap<K, string>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const text = make(key);
    made.set(key, text);
    return text;
  };
}

export function createEncoder(): Encoder {
  const pastOf = once((message: RoomMessage) => `{${fieldsOf(message)}}`);
  const entryOf = once((entry: PresenceEntry) => JSON.stringify(entry));
  // all who are there are told one event after the other
  let newest: RoomEvent | undefined;
  let newestRoom: string | undefined;
  let text = '';
  const make = (room: string, event: RoomEvent): string => {
    const name = JSON.stringify(room);
    if (event.kind === 'message') return `{"t":"message","room":${name},${fieldsOf(event.message)}}`;
    if (event.kind === 'resync') return `{"t":"resync","room":${name}}`;
    const changes = event.changes.map((change) =>
      change.op === 'leave' ? JSON.stringify(change) : `{"op":"${change.op}","entry":${entryOf(change.entry)}}`,
    );
    return `{"t":"presence","room":${name},"seq":${event.seq},"changes":[${changes.join(',')}]}`;
  };
  const listOf = ({ messages }: Past): string => `[${messages.map(pastOf).join(',')}]`;

  return {
    event(room, event) {
      if (event !== newest || room !== newestRoom) {
        text = make(room, event);
        newest = event;
        newestRoom = room;
      }
      return text;
    },
    joined(room, join, past) {
      const { epoch, offset, more, gap } = past;
      const head = JSON.stringify({ t: 'joined', room, join, epoch, offset, more, gap });
      return `${head.slice(0, -1)},"messages":${listOf(past)}}`;
    },
    history(room, request, past) {
      const head = JSON.stringify({ t: 'history', room, request, more: past.more });
      return `${head.slice(0, -1)},"messages":${listOf(past)}}`;
    },
    members(room, { seq, entries }) {
      const head = JSON.stringify({ t: 'members', room, seq });
      return `${head.slice(0, -1)},"members":[${entries.map(entryOf).join(',')}]}`;
    },
  };
}
