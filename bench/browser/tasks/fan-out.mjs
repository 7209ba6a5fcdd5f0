// Many keys, a component each, one connection: what does a message cost that only one of them wants?

import { contest, faults, mid, ratio, spread } from '../contest.mjs';
import { nameOf, pick } from '../contenders.mjs';

export const name = 'fan-out';

const PARTIES = [
  {
    keys: 1_000,
    contenders: [
      'raw',
      'reference',
      'roomtone',
      'roomtone-room',
      'use-state',
      'ahooks-latest',
      'partysocket',
      'socket-io',
      'react-use-websocket-share',
    ],
  },
  { keys: 10_000, contenders: ['raw', 'reference', 'roomtone-room'] },
];
const PER_SECOND = 1_000;
const HEAD = [
  'contender',
  'components',
  'renders per message',
  'main thread ms per message',
  'x limit',
  'x reference',
  'script ms per message',
  'wrong',
];

export async function run({ arena, n = 5_000, rounds = 3, profile, say, ...options }) {
  const rows = [];
  const runs = {};
  for (const { keys, contenders: all } of PARTIES) {
    const contenders = pick(all, options);
    const of = await contest({
      contenders,
      rounds,
      say: (line) => say(`${keys} keys  ${line}`),
      measure: async (contender) => {
        const [result] = await arena.run(contender, {
          keys,
          warmUp: { kind: 'steady', n: 500, perSecond: PER_SECOND },
          floods: [{ kind: 'steady', n, perSecond: PER_SECOND }],
          profile,
        });
        return result;
      },
    });
    for (const contender of contenders) {
      runs[`${contender}-${keys}`] = of.get(contender);
      rows.push(rowOf(contender, keys, n, of));
    }
  }
  return {
    title: `Fan-out: a component per key, ${PER_SECOND} messages a second over one connection`,
    note: `${n} messages, each to the one component of its key. Medians of ${rounds} interleaved rounds (lowest–highest); ratios are medians of the rounds' ratios. The main thread is given as CPU time. More cells cost the browser more with any library, so compare 10,000 with the limit of 10,000.`,
    head: HEAD,
    ids: Object.keys(runs),
    rows,
    runs,
  };
}

function rowOf(contender, keys, n, runs) {
  const own = runs.get(contender);
  const failed = own.find((run) => run.failed);
  if (failed) return [nameOf(contender), keys, ...HEAD.slice(3).map(() => '–'), failed.failed];
  const each = (run) => run.taskMs / n;
  return [
    nameOf(contender),
    keys,
    mid(own, (run) => run.renders / n).toFixed(2),
    spread(own, each, 3),
    ratio(own, runs.get('raw'), each),
    ratio(own, runs.get('reference'), each),
    mid(own, (run) => run.scriptMs / n).toFixed(3),
    faults(own),
  ];
}
