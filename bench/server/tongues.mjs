// What a raw client says to each server: where it asks, how it greets, how it publishes. Opens nothing.

import { randomBytes } from 'node:crypto';
import { openRaw } from './raw.mjs';

const name = () => randomBytes(16).toString('base64url');

/** `there`: what the server says when the client is where it wants to be; without it, the open socket says so. */
const TONGUES = {
  ws: {
    path: (room) => `/?room=${room}`,
    publish: (_room, _id, data) => data,
  },
  plain: {
    path: (room) => `/realtime?room=${room}`,
    publish: (_room, _id, data) => data,
  },
  rooms: {
    path: () => `/realtime?session=${name()}`,
    greeting: (room) => [
      `{"t":"hello","v":1,"key":"${name()}"}`,
      ...(room === undefined ? [] : [`{"t":"join","room":"${room}","join":1}`]),
    ],
    there: (room) => (room === undefined ? '"t":"welcome"' : '"t":"joined"'),
    publish: (room, id, data) => `{"t":"publish","room":"${room}","id":"${id}","data":${data}}`,
  },
  'socket-io': {
    path: (room = '') => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
    greeting: () => ['40'],
    there: () => '40{',
    publish: (_room, _id, data) => `42["say",${data}]`,
  },
};

/** What a client of this tongue says to have `data` (JSON) published. */
export const publishing = (tongue) => TONGUES[tongue].publish;

/** Opens one client. Resolves when it is where it wants to be; rejects if it never gets there. `onText`, `onClose` hear of later. */
export function arrive({ tongue, port, room, from, onText, onClose }) {
  const { path, greeting, there } = TONGUES[tongue];
  const sign = there?.(room);
  return new Promise((resolve, reject) => {
    let isThere = false;
    const raw = openRaw({
      port,
      path: path(room),
      from,
      onOpen() {
        for (const each of greeting?.(room) ?? []) raw.say(each);
        if (sign === undefined) ready();
      },
      onText(bytes) {
        if (bytes.length === 1 && bytes[0] === 50) return raw.say('3'); // Engine.IO asks whether we are there
        if (!isThere && bytes.includes(sign)) ready();
        else if (isThere) onText?.(bytes);
      },
      onClose(code) {
        if (isThere) onClose?.(code);
        else reject(new Error(`${tongue}: not let in (${code ?? 'cut'})`));
      },
    });
    const ready = () => {
      isThere = true;
      resolve(raw);
    };
  });
}
