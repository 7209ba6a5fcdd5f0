// 200,000 messages into a history of 100: what stays in the heap afterwards, and how high it goes meanwhile.

import { contest, faults, mid, spread } from '../contest.mjs';
import { nameOf, pick } from '../contenders.mjs';

export const name = 'heap';

const CONTENDERS = [
  'raw',
  'reference',
  'roomtone',
  'reference-batched',
  'roomtone-split',
  'roomtone-room',
  'sse-reference',
  'roomtone-sse',
  'use-state',
  'partysocket',
  'react-use-websocket',
];
const SAMPLE_MS = 25;
const HEAD = ['contender', 'growth KB', 'peak MB', 'peak over the start, MB', 'listeners', 'nodes', 'wrong'];

export async function run({ arena, n = 200_000, rounds = 2, profile, say, ...options }) {
  const contenders = pick(CONTENDERS, options);
  const runs = await contest({
    contenders,
    rounds,
    say,
    measure: async (contender) => {
      const heap = sampler();
      const [result] = await arena.run(contender, {
        warmUp: { kind: 'burst', n: Math.min(n, 20_000) },
        floods: [{ kind: 'burst', n }],
        during: heap.sample,
        async after(page, before) {
          await page.collectGarbage();
          const after = await page.metrics();
          const grown = (what) => after[what] - before[what];
          return {
            growth: grown('heapBytes'),
            listeners: grown('listeners'),
            nodes: grown('nodes'),
            peak: heap.most(),
            over: heap.most() - before.heapBytes,
          };
        },
        profile,
      });
      return result;
    },
  });
  const rows = contenders.map((contender) => {
    const own = runs.get(contender);
    const failed = own.find((run) => run.failed);
    if (failed) return [nameOf(contender), ...HEAD.slice(2).map(() => '–'), failed.failed];
    return [
      nameOf(contender),
      spread(own, ({ growth }) => growth / 1e3),
      spread(own, ({ peak }) => peak / 1e6, 1),
      mid(own, ({ over }) => over / 1e6).toFixed(1),
      mid(own, ({ listeners }) => listeners),
      mid(own, ({ nodes }) => nodes),
      faults(own),
    ];
  });
  return {
    title: `Heap: ${n} messages, 100 kept`,
    note: `Growth of the page's heap after a forced collection, from the end of the warm-up on; the peak as seen every ${SAMPLE_MS} ms. Medians of ${rounds} rounds (lowest–highest). An event stream comes so fast that its messages wait in the heap before anybody reads them.`,
    head: HEAD,
    ids: contenders,
    rows,
    runs: Object.fromEntries(runs),
  };
}

/** Looks at the heap again and again while a page is flooded. */
function sampler() {
  let most = 0;
  return {
    most: () => most,
    sample(page) {
      let on = true;
      const look = async () => {
        const { heapBytes } = await page.metrics();
        most = Math.max(most, heapBytes);
        if (on) setTimeout(() => void look().catch(() => {}), SAMPLE_MS);
      };
      void look().catch(() => {});
      return () => (on = false);
    },
  };
}
