// Who takes part: one file of contenders/ each, and what a reader should call it. Says nothing of what is measured.

import { readFileSync } from 'node:fs';
import { root } from '../../scripts/setup.mjs';

const versionOf = (name) =>
  JSON.parse(readFileSync(`${root}bench/browser/node_modules/${name}/package.json`, 'utf8')).version;

/** What others have, and what one writes by hand without much thought. */
export const PEERS = [
  ...['use-state', 'ahooks-on-message', 'ahooks-latest', 'partysocket', 'socket-io'],
  ...['react-use-websocket', 'react-use-websocket-share'],
];
export const SSE_PEERS = ['eventsource-client', 'fetch-event-source', 'native-event-source'];

/** By file: its name, and the package whose version stands in place of the @. */
const CONTENDERS = {
  raw: ['LIMIT WebSocket, no React'],
  'raw-batched': ['LIMIT WebSocket, 100 messages a frame, no React'],
  'reference-batched': ['REFERENCE, 100 messages a frame + React'],
  reference: ['REFERENCE store told once a frame + React'],
  roomtone: ['roomtone useWebSocket'],
  'roomtone-worker': ['roomtone `inWorker`: the WebSocket in a Worker'],
  'roomtone-split': ['roomtone useWebSocket `split`, 100 messages a frame'],
  'roomtone-room': ['roomtone useRoom, its own server'],
  'use-state': ['hand-written useState hook'],
  partysocket: ['partysocket @', 'partysocket'],
  'socket-io': ['socket.io-client @', 'socket.io-client'],
  'ahooks-on-message': ['ahooks @ `onMessage`', 'ahooks'],
  'ahooks-latest': ['ahooks @ `latestMessage`', 'ahooks'],
  'react-use-websocket': ['react-use-websocket @', 'react-use-websocket'],
  'react-use-websocket-share': ['react-use-websocket @ `share`', 'react-use-websocket'],
  'sse-raw': ['LIMIT fetch + eventsource-parser @, no React', 'eventsource-parser'],
  'sse-reference': ['REFERENCE fetch + eventsource-parser @ + store told once a frame + React', 'eventsource-parser'],
  'roomtone-sse': ['roomtone useEventSource'],
  'eventsource-client': ['eventsource-client @ + useState', 'eventsource-client'],
  'fetch-event-source': ['@microsoft/fetch-event-source @ + useState', '@microsoft/fetch-event-source'],
  'native-event-source': ['native EventSource + useState'],
};

/** `roomtone@base` is roomtone of another checkout. */
export function nameOf(contender) {
  const [file, base] = contender.split('@');
  const [name, packageName] = CONTENDERS[file];
  const whole = packageName ? name.replace(' @', () => ` ${versionOf(packageName)}`) : name;
  return base ? `${whole} (${base})` : whole;
}

/** Those of a task that were asked for, in the task's order; with another checkout, roomtone's rows twice. */
export function pick(all, { only, base }) {
  const unknown = only?.filter((each) => !(each in CONTENDERS)) ?? [];
  if (unknown.length > 0)
    throw new Error(`No contender ${unknown.join(', ')}: there are ${Object.keys(CONTENDERS).join(', ')}`);
  const picked = only ? all.filter((each) => only.includes(each)) : all;
  return picked.flatMap((each) => (base && each.startsWith('roomtone') ? [each, `${each}@base`] : [each]));
}
