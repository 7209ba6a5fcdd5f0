// 50,000 messages over a WebSocket, as fast as it takes them.

import { burst } from '../burst.mjs';
import { PEERS } from '../contenders.mjs';

export const name = 'burst';

const PARTY = {
  limit: 'raw',
  reference: 'reference',
  contenders: ['raw', 'reference', 'roomtone', 'roomtone-worker', ...PEERS],
};

export async function run(options) {
  const { n, rounds, ...rest } = await burst(PARTY, options);
  return {
    title: `Burst: ${n} messages over a WebSocket`,
    note: `Medians of ${rounds} interleaved rounds (lowest–highest); ratios are medians of the rounds' ratios. One message a frame, so the time to the DOM is the browser's own for all: compare the main thread, which is given as CPU time.`,
    ...rest,
  };
}
