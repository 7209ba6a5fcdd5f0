// A thousand mounts and unmounts, alone and beside another user of the same thing: how many sockets, and what is left.

import { setTimeout } from 'node:timers/promises';
import { contest, mid, spread } from '../contest.mjs';
import { nameOf, pick } from '../contenders.mjs';

export const name = 'churn';

const CONTENDERS = [
  'roomtone',
  'roomtone-room',
  'roomtone-sse',
  'use-state',
  'ahooks-latest',
  'partysocket',
  'socket-io',
  'react-use-websocket',
  'react-use-websocket-share',
];
const WARM_UP = 20;
/** Longer than anybody keeps a wire that nobody uses; Chromium itself holds a stream that was given up for some seconds. */
const GONE_MS = 8_000;
const SETTLED_MS = 1_000;
const HEAD = [
  'contender',
  'another user stays',
  'wires asked for',
  'accepted by the server',
  'open at the end',
  's until none was open',
  'listeners left',
  'heap KB',
  'ms',
  'wrong',
];

export async function run({ arena, n = 1_000, rounds = 1, say, ...options }) {
  const contenders = pick(CONTENDERS, options);
  const variants = contenders.flatMap((contender) => [
    { id: contender, contender, keeper: false },
    { id: `${contender}-kept`, contender, keeper: true },
  ]);
  const of = new Map(variants.map((each) => [each.id, each]));
  const runs = await contest({
    contenders: variants.map(({ id }) => id),
    rounds,
    say,
    measure: (id) => churn(arena, of.get(id), n),
  });
  const rows = variants.map(({ id, contender, keeper }) => {
    const own = runs.get(id);
    const failed = own.find((run) => run.failed);
    const first = [nameOf(contender), keeper ? 'yes' : 'no'];
    if (failed) return [...first, ...HEAD.slice(3).map(() => '–'), failed.failed];
    return [
      ...first,
      mid(own, (run) => run.constructed),
      mid(own, (run) => run.accepted),
      mid(own, (run) => run.open),
      mid(own, (run) => run.goneS).toFixed(1),
      mid(own, (run) => run.listeners),
      spread(own, (run) => run.heap / 1e3),
      spread(own, (run) => run.ms),
      mistakes(own),
    ];
  });
  return {
    title: `Churn: ${n} mounts and unmounts`,
    note: `The first 50 last 60 ms, so that their wires open; the others unmount at once. Heap and listeners after a forced collection, when no wire has been open for ${SETTLED_MS / 1_000} s, or ${GONE_MS / 1_000} s have passed.`,
    head: HEAD,
    ids: variants.map(({ id }) => id),
    rows,
    runs: Object.fromEntries(runs),
  };
}

function churn(arena, { contender, keeper }, cycles) {
  return arena.visit(contender, { churn: 1 }, async (page) => {
    // as long as the page loads there is nothing that could be asked
    const isThere = () => page.evaluate('typeof globalThis.bench?.churn').catch(() => undefined);
    await until(async () => (await isThere()) === 'function');
    await page.evaluate(`bench.churn({ cycles: ${WARM_UP}, keeper: false })`);
    await until(async () => (await arena.wires()).open === 0);
    await page.collectGarbage();
    const [before, server] = [await page.metrics(), await arena.wires()];
    const { constructed, ms } = await page.evaluate(`bench.churn(${JSON.stringify({ cycles, keeper })})`);
    const goneMs = await until(async () => (await arena.wires()).open === 0);
    // Chromium still has handshakes in its queue of sockets that were given up before
    await setTimeout(SETTLED_MS);
    await page.collectGarbage();
    const [after, { accepted, open }] = [await page.metrics(), await arena.wires()];
    return {
      constructed,
      accepted: accepted - server.accepted,
      open,
      goneS: goneMs / 1_000,
      listeners: after.listeners - before.listeners,
      heap: after.heapBytes - before.heapBytes,
      ms,
      taskMs: after.taskMs - before.taskMs,
      said: await page.evaluate('bench.errorsSaid()'),
    };
  });
}

/** How long it took, in ms; at most as long as we wait. */
async function until(isSo) {
  const from = performance.now();
  while (performance.now() - from < GONE_MS && !(await isSo())) await setTimeout(50);
  return performance.now() - from;
}

function mistakes(runs) {
  const found = new Set(runs.map(({ said }) => said).filter(Boolean));
  if (runs.some(({ open }) => open > 0)) found.add('wires stayed open');
  return [...found].join('; ').replaceAll('|', '\\|') || '–';
}
