// One room with 1,000 members: how much does it cost to tell all of them something?

import { ratio } from '../browser/contest.mjs';
import { CONTENDERS } from './contenders.mjs';
import { PROFILED, withProcesses } from './process.mjs';
import { startRedis } from './redis.mjs';
import { faultsOf, inTurns, rowsOf, spread } from './rounds.mjs';

const MEMBERS = 1_000;
const WARM_UP = 100;
const COUNTED = 20;
/** More for a message is made for members. */
const MOST_JSON = 20;

const CASES = {
  ws: { of: 'ws' },
  roomtone: { of: 'roomtone' },
  'roomtone-plain': { of: 'roomtone-plain' },
  'socket-io': { of: 'socket-io' },
  'roomtone-redis': { of: 'roomtone-redis' },
  'socket-io-redis': { of: 'socket-io-redis' },
  'ws-10': { of: 'ws', per: 10 },
  'roomtone-10': { of: 'roomtone', per: 10 },
  'socket-io-10': { of: 'socket-io', per: 10 },
};

async function measure(id, n, redisUrl) {
  const { of, per = 1 } = CASES[id];
  const { server: kind, tongue, redis } = CONTENDERS[of];
  const files = { host: ['host.mjs', { flags: PROFILED }], crowd: ['crowd.mjs'] };
  return withProcesses(files, async ({ host, crowd }) => {
    const port = await host.ask('open', { kind, ...(redis ? { redis: redisUrl } : {}) });
    const room = `room-${Math.random()}`; // a Redis keeps what was said in it
    await crowd.ask('connect', { tongue, port, count: MEMBERS, rooms: [room] });
    const json = await host.ask('count', { room, from: 0, n: COUNTED, per: 1 });
    await host.ask('publish', { room, from: COUNTED, n: WARM_UP, per });
    const before = COUNTED + WARM_UP;
    const warm = await crowd.ask('read', { n: before, withinMs: 30_000 });
    const [cpu, crowdCpu] = [await host.ask('cpu'), await crowd.ask('cpu')];
    const reading = crowd.ask('read', { n: before + n, withinMs: 60_000 });
    const startedAt = await host.ask('publish', { room, from: before, n, per });
    const { at, lost, again, cut } = await reading;
    const all = n * MEMBERS;
    return {
      perSecond: all / (at - startedAt),
      cpuUs: ((await host.ask('cpu')) - cpu) / (all / 1_000),
      readersUs: ((await crowd.ask('cpu')) - crowdCpu) / (all / 1_000),
      json: json.ofData / COUNTED,
      allJson: json.all / COUNTED,
      ...{ lost, again, cut },
      isCold: warm.lost > 0,
    };
  });
}

export async function run({ n = 300, rounds = 3, only = Object.keys(CASES) } = {}) {
  const redis = await startRedis();
  const contenders = only.filter((id) => redis || !CONTENDERS[CASES[id].of].redis);
  try {
    const runs = await inTurns({
      task: 'broadcast',
      contenders,
      rounds,
      measure: (id) => measure(id, n, redis?.url),
      tell: ({ perSecond, cpuUs }) => `${Math.round(perSecond)} thousand/s, ${cpuUs.toFixed(2)} us each`,
    });
    const limitOf = (id) => runs.get(CASES[id].per ? `ws-${CASES[id].per}` : 'ws');
    return {
      title: `Broadcast: ${n} messages to one room of ${MEMBERS}`,
      note: `Medians of ${rounds} interleaved rounds (lowest–highest). The server publishes, in one turn of its event loop one message (or ten); every reader checks that it is told each, once and in order. Readers are one process, the same raw one for all: where it is what is waited for, the rates come closer to each other, and the CPU time of the server says more.${redis ? '' : ' No redis-server here: those rows are missing.'}`,
      ...rowsOf({
        runs,
        nameOf: (id) => CONTENDERS[CASES[id].of].name + (CASES[id].per ? `, ${CASES[id].per} at once` : ''),
        head: [
          ...['server', 'thousand delivered a second', 'x limit', 'server CPU us each', 'CPU, x limit'],
          ...['readers CPU us each', 'JSON made of a message', 'wrong'],
        ],
        cells: (mine, id) => [
          spread(mine, ({ perSecond }) => perSecond),
          ratio(mine, limitOf(id), ({ perSecond }) => perSecond),
          spread(mine, ({ cpuUs }) => cpuUs, 2),
          ratio(mine, limitOf(id), ({ cpuUs }) => cpuUs),
          spread(mine, ({ readersUs }) => readersUs, 2),
          `${spread(mine.slice(0, 1), ({ json }) => json)} time`,
        ],
        faults: ({ lost, again, cut, json, allJson, isCold }) => [
          ...faultsOf({ lost, 'twice, or out of order': again, 'cut off': cut }),
          ...(json > 1 ? [`JSON is made ${json} times of a message`] : []),
          ...(allJson > MOST_JSON ? [`JSON is made ${allJson} times for a message`] : []),
          ...(isCold ? ['the warm-up did not end'] : []),
        ],
      }),
    };
  } finally {
    redis?.end();
  }
}
