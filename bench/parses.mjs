// How often is a frame parsed? Once, however many components want what it says. React's production build over jsdom.

import assert from 'node:assert/strict';
import { handTransport, message } from './hand-transport.mjs';
import { product } from './product.mjs';
import { HandSocket, paint, settle, wait } from './world.mjs';

const { createElement: h } = await import('react');
const { createRoot } = await import('react-dom/client');
const { createRealtimeClient, RealtimeProvider, useRoom, useWebSocket } = await product('index');

const FRAMES = 1_000;
const parse = JSON.parse;

/** Shows `subscribers` components, then counts the calls of JSON.parse while `say` brings the frames. */
async function count(subscribers, { Component, around = (children) => children, accept, say, seen }) {
  const page = createRoot(document.createElement('div'));
  page.render(around(Array.from({ length: subscribers }, (_, key) => h(Component, { key, name: key }))));
  await settle();
  accept?.();
  await wait(20);
  paint();
  await settle();
  let parses = 0;
  JSON.parse = (...args) => {
    parses++;
    return parse(...args);
  };
  for (let index = 0; index < FRAMES; index++) say(index);
  JSON.parse = parse;
  await wait(20);
  paint();
  await settle();
  page.unmount();
  await wait(5);
  assert.equal(seen(), FRAMES, 'somebody saw each message');
  return parses / FRAMES;
}

/** `wants`: does this component take that message? */
const link = (wants) => () => {
  let heard = 0;
  const Component = ({ name }) => {
    useWebSocket('ws://x/parses', {
      WebSocket: HandSocket,
      lingerMs: 0,
      filter: ({ data }) => wants(name, data),
      onMessage: () => heard++,
    });
    return null;
  };
  return {
    Component,
    accept: () => HandSocket.all.at(-1).accept(),
    say: (index) => HandSocket.all.at(-1).message(`{"index":${index}}`),
    seen: () => Math.min(heard, FRAMES),
  };
};

const room = () => {
  const transport = handTransport();
  const client = createRealtimeClient({ transport, heartbeat: false });
  let heard = 0;
  const Component = () => {
    useRoom('r', { onMessage: () => heard++ });
    return null;
  };
  return {
    Component,
    around: (children) => h(RealtimeProvider, { client }, children),
    say: (index) => transport.far.say(message('r', index + 1)),
    seen: () => Math.min(heard, FRAMES),
  };
};

const CASES = [
  ['link', '`useWebSocket`, each reads all', link(() => true)],
  [
    'filter',
    '`useWebSocket`, each filters what it wants',
    link((name, { index }) => name === 0 || index % 50 === name),
  ],
  ['room', '`useRoom`, each reads all', room],
];

export async function run() {
  const rows = [];
  for (const [, name, make] of CASES)
    rows.push([name, (await count(1, make())).toFixed(2), (await count(50, make())).toFixed(2)]);
  return {
    title: 'How often a frame is parsed',
    note: `Calls of \`JSON.parse\` per frame, ${FRAMES} frames.`,
    head: ['hook', '1 subscriber', '50 subscribers'],
    ids: CASES.map(([id]) => id),
    rows,
  };
}
