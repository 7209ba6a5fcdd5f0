// 50,000 messages over Server-Sent Events, as fast as they go.

import { burst } from '../burst.mjs';
import { SSE_PEERS } from '../contenders.mjs';

export const name = 'sse-burst';

const PARTY = {
  limit: 'sse-raw',
  reference: 'sse-reference',
  contenders: ['sse-raw', 'sse-reference', 'roomtone-sse', ...SSE_PEERS],
};

export async function run(options) {
  const { n, rounds, ...rest } = await burst(PARTY, options);
  return {
    title: `Burst: ${n} messages over Server-Sent Events`,
    note: `Medians of ${rounds} interleaved rounds (lowest–highest); ratios are medians of the rounds' ratios. The main thread is given as CPU time. Script time leaves out what promises go on with.`,
    ...rest,
  };
}
