// Who is compared: which server, and how its clients speak. Starts nothing.

import { readFileSync } from 'node:fs';
import { versionOf } from '../tools.mjs';

const { dependencies } = JSON.parse(readFileSync(new URL('../browser/package.json', import.meta.url), 'utf8'));

const WS = `\`ws\` ${versionOf('ws')}`;
const SOCKET_IO = `Socket.IO ${dependencies['socket.io']}`;

/** `tongue`: of tongues.mjs. */
export const CONTENDERS = {
  ws: { name: `LIMIT bare ${WS}`, server: 'ws', tongue: 'ws' },
  'roomtone-plain': { name: 'roomtone, plain link', server: 'roomtone', tongue: 'plain' },
  roomtone: { name: 'roomtone', server: 'roomtone', tongue: 'rooms' },
  'socket-io': { name: SOCKET_IO, server: 'socket-io', tongue: 'socket-io' },
  'roomtone-redis': { name: 'roomtone on Redis', server: 'roomtone', tongue: 'rooms', redis: true },
  'socket-io-redis': { name: `${SOCKET_IO}, Redis adapter`, server: 'socket-io', tongue: 'socket-io', redis: true },
};
