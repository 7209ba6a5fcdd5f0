// From publishing to hearing it, by each way to the server, with each library's own client.

import { CONTENDERS } from './contenders.mjs';
import { withProcesses } from './process.mjs';
import { faultsOf, inTurns, quantile, rowsOf, spread } from './rounds.mjs';

const WARM_UP = 50;
const EVERY_MS = 10;

/** `name`: after the contender's. */
const PAIRS = {
  ws: { of: 'ws', name: '' },
  websocket: { of: 'roomtone', name: ', WebSocket' },
  'socket-io': { of: 'socket-io', name: ', WebSocket' },
  sse: { of: 'roomtone', name: ', SSE' },
  'long-poll': { of: 'roomtone', name: ', long poll' },
  'socket-io-polling': { of: 'socket-io', name: ', its long poll' },
  poll: { of: 'roomtone', name: ', poll every 2 s' },
};

async function measure(pair, n) {
  const files = { host: ['host.mjs'], speakers: ['speakers.mjs'] };
  return withProcesses(files, async ({ host, speakers }) => {
    const port = await host.ask('open', { kind: CONTENDERS[PAIRS[pair].of].server });
    const found = await speakers.ask('talk', { pair, port, n, warmUp: WARM_UP, everyMs: EVERY_MS });
    const { delays, lost, disorder } = found;
    return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), lost, disorder };
  });
}

export async function run({ n = 300, rounds = 3, only = Object.keys(PAIRS) } = {}) {
  const runs = await inTurns({
    task: 'latency',
    contenders: only,
    rounds,
    measure: (pair) => measure(pair, n),
    tell: ({ p50, p99 }) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  });
  return {
    title: `Latency: from publishing to hearing it, ${n} messages, one every ${EVERY_MS} ms`,
    note: `Milliseconds; medians of ${rounds} interleaved rounds (lowest–highest). Two clients in one Node process, one of which publishes, and the server in another, on loopback. A poll asks every 2 s, as the ladder's does: half of that is what it waits for.`,
    ...rowsOf({
      runs,
      nameOf: (pair) => CONTENDERS[PAIRS[pair].of].name + PAIRS[pair].name,
      head: ['client and server', 'p50', 'p99', 'wrong'],
      cells: (mine) => [spread(mine, ({ p50 }) => p50, 1), spread(mine, ({ p99 }) => p99, 1)],
      faults: ({ lost, disorder }) => faultsOf({ lost, 'out of order': disorder }),
    }),
  };
}
