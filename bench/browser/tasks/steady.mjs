// A steady 2,000 messages a second for six seconds, while somebody types: the CPU, commits, frames, and how late things are.

import { contest, faults, mid, ratio, spread } from '../contest.mjs';
import { nameOf, PEERS, pick, SSE_PEERS } from '../contenders.mjs';
import { seeded } from '../../tools.mjs';

export const name = 'steady';

const CONTENDERS = [
  'raw',
  'reference',
  'roomtone',
  'roomtone-worker',
  'roomtone-split',
  'roomtone-room',
  ...PEERS,
  'sse-raw',
  'sse-reference',
  'roomtone-sse',
  ...SSE_PEERS,
];
const PER_SECOND = 2_000;
const HEAD = [
  'contender',
  'CPU %',
  'x limit',
  'x reference',
  'script %',
  'commits/s',
  'frames dropped %',
  'input delay p50 / p95 / max ms',
  'staleness p50 / p95 ms',
  'wrong',
];

/** Keys that are pressed at odd moments, so that they fall into any part of a frame. */
function type(page) {
  const random = seeded(1);
  const key = { key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65 };
  let timer;
  const press = () => {
    const pressing = page.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
    pressing.then(() => page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })).catch(() => {});
    timer = setTimeout(press, 30 + random() * 70);
  };
  press();
  return () => clearTimeout(timer);
}

export async function run({ arena, n = 6 * PER_SECOND, rounds = 3, profile, say, ...options }) {
  const contenders = pick(CONTENDERS, options);
  const floods = [{ kind: 'steady', n, perSecond: PER_SECOND, watch: true }];
  const warmUp = { kind: 'steady', n: PER_SECOND, perSecond: PER_SECOND };
  const runs = await contest({
    contenders,
    rounds,
    say,
    measure: async (contender) => {
      const [result] = await arena.run(contender, { warmUp, floods, during: type, profile });
      return result;
    },
  });
  const cpu = (run) => (100 * run.taskMs) / run.spanMs;
  const rows = contenders.map((contender) => {
    const own = runs.get(contender);
    const failed = own.find((run) => run.failed);
    if (failed) return [nameOf(contender), ...HEAD.slice(2).map(() => '–'), failed.failed];
    const ofStream = contender.includes('sse') || contender.includes('event');
    const [limit, reference] = (ofStream ? ['sse-raw', 'sse-reference'] : ['raw', 'reference']).map((each) =>
      runs.get(each),
    );
    const ms = (of) => mid(own, of).toFixed(1);
    return [
      nameOf(contender),
      spread(own, cpu, 1),
      ratio(own, limit, cpu),
      ratio(own, reference, cpu),
      ms((run) => (100 * run.scriptMs) / run.spanMs),
      Math.round(mid(own, (run) => (1_000 * run.commits) / run.spanMs)),
      ms((run) => 100 * run.dropped),
      `${ms((run) => run.inputMs.p50)} / ${ms((run) => run.inputMs.p95)} / ${ms((run) => run.inputMs.max)}`,
      `${ms((run) => run.staleMs.p50)} / ${ms((run) => run.staleMs.p95)}`,
      faults(own),
    ];
  });
  return {
    title: `Steady: ${PER_SECOND} messages a second for ${n / PER_SECOND} s`,
    note: `Medians of ${rounds} interleaved rounds (lowest–highest); ratios are medians of the rounds' ratios, within WebSocket and within SSE. CPU is that of the page's main thread. Staleness is the time from sending a message to the commit that shows it or a newer one, of every message: who commits more often than the screen shows looks fresher than a screen can.`,
    head: HEAD,
    ids: contenders,
    rows,
    runs: Object.fromEntries(runs),
  };
}
