// What messages cost in renders, and what unmounting leaves. React's production build over jsdom.

import assert from 'node:assert/strict';
import { product } from './product.mjs';
import { HandSocket, left, paint, pendingTimers, settle, wait } from './world.mjs';

const { createElement: h, useLayoutEffect } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useWebSocket } = await product('index');

const root = () => {
  const container = document.createElement('div');
  document.body.append(container);
  return createRoot(container);
};
const FRAME_MS = 16;
const newest = () => HandSocket.all.at(-1);

/** That the wire is open is shown a little later than at once, with what comes together with it. */
async function openFully() {
  newest().accept();
  await wait(FRAME_MS);
  paint();
  await settle();
}

async function oneTask() {
  const counts = { renders: 0, seen: 0, kept: 0 };
  const Chat = () => {
    const feed = useWebSocket('ws://x/one-task', {
      WebSocket: HandSocket,
      history: 1_000,
      lingerMs: 0,
      onMessage: () => counts.seen++,
    });
    counts.renders++;
    counts.kept = feed.messages.length;
    return null;
  };
  const page = root();
  page.render(h(Chat));
  await settle();
  await openFully();
  counts.renders = 0;
  for (let index = 0; index < 1_000; index++) newest().message(`{"index":${index}}`);
  await settle();
  for (let frame = 0; frame < 3; frame++) {
    paint();
    await settle();
  }
  page.unmount();
  await wait(5);
  assert.equal(counts.seen, 1_000);
  assert.equal(counts.kept, 1_000);
  return counts;
}

async function fiftyConsumers() {
  const FRAMES = 60;
  const counts = { status: 0, slice: 0, history: 0, historyCommits: 0, seen: 0 };
  const options = { WebSocket: HandSocket, lingerMs: 0 };
  const Status = () => {
    void useWebSocket('ws://x/fifty', options).status;
    counts.status++;
    return null;
  };
  const Slice = () => {
    void useWebSocket('ws://x/fifty', { ...options, select: ({ count }) => Math.floor(count / 500) }).selected;
    counts.slice++;
    return null;
  };
  const History = ({ first }) => {
    void useWebSocket('ws://x/fifty', { ...options, onMessage: () => counts.seen++ }).messages;
    useLayoutEffect(() => {
      if (first) counts.historyCommits++;
    });
    counts.history++;
    return null;
  };
  const page = root();
  page.render(
    h(
      'div',
      null,
      ...Array.from({ length: 50 }, (_, key) =>
        h(key % 5 === 0 ? Status : key % 5 === 1 ? Slice : History, { key, first: key === 2 }),
      ),
    ),
  );
  await settle();
  await openFully();
  Object.assign(counts, { status: 0, slice: 0, history: 0, historyCommits: 0, seen: 0 });
  let sent = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    for (const until = Math.round(((frame + 1) * 1_000) / FRAMES); sent < until; sent++) {
      newest().message(`{"index":${sent}}`);
      if (sent % 4 === 0) await settle();
    }
    // in its time: what is told early is told by the clock
    await wait(FRAME_MS);
    paint();
    await settle();
  }
  assert.equal(counts.seen, 30 * 1_000);
  page.unmount();
  await wait(5);
  return { ...counts, frames: FRAMES };
}

async function churn() {
  const CYCLES = 1_000;
  const before = HandSocket.all.length;
  // React itself listens to the document once a page was rendered, and never stops
  const warm = root();
  warm.render(h('p'));
  await settle();
  const { listeners } = left;
  const One = () => useWebSocket('ws://x/churn', { WebSocket: HandSocket, lingerMs: 20 }).status;
  const page = root();
  const said = [];
  for (const name of ['warn', 'error']) console[name] = (...args) => said.push(args);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    page.render(h(One, { key: cycle }));
    await settle();
    if (newest().readyState === 0) newest().accept();
  }
  page.unmount();
  await wait(60);
  return {
    CYCLES,
    dialled: HandSocket.all.length - before,
    open: HandSocket.open,
    timers: pendingTimers(),
    listeners: left.listeners - listeners,
    said: said.length,
  };
}

export async function run() {
  const one = await oneTask();
  const fifty = await fiftyConsumers();
  const cycles = await churn();
  return {
    title: 'Renders, and what unmounting leaves',
    note: "React's production build over jsdom, frames by hand.",
    head: ['task', 'result'],
    ids: ['one-task', 'status', 'slice', 'messages', 'churn'],
    rows: [
      ['1,000 messages in one task', `${one.seen} in \`onMessage\`, ${one.kept} in history, ${one.renders} renders`],
      ['50 consumers, 1,000 messages in 60 frames: 10 that read only `status`', `${fifty.status} renders`],
      ['… 10 that read a selection with 2 changes', `${fifty.slice} renders, ${(fifty.slice / 10).toFixed(1)} each`],
      [
        '… 30 that read `messages`',
        `${fifty.historyCommits} commits in ${fifty.frames} frames; callbacks saw ${fifty.seen / 30} of 1000`,
      ],
      [
        `${cycles.CYCLES} remounts, then unmount`,
        `${cycles.dialled} socket dialled; left: ${cycles.open} sockets, ${cycles.timers} timers, ${cycles.listeners} listeners, ${cycles.said} lines on the console`,
      ],
    ],
    figures: {
      'one-task/seen': one.seen,
      'one-task/kept': one.kept,
      'one-task/renders': one.renders,
      'status/renders': fifty.status,
      'messages/commits': fifty.historyCommits,
      'churn/dialled': cycles.dialled,
    },
  };
}
