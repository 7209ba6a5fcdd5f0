// 50,000 messages over a WebSocket that puts many into a frame, as fast as they go.

import { burst } from '../burst.mjs';

export const name = 'batched';

const PARTY = {
  limit: 'raw-batched',
  reference: 'reference-batched',
  contenders: ['raw-batched', 'reference-batched', 'roomtone-split', 'roomtone-room'],
};

export async function run(options) {
  const { n, rounds, ...rest } = await burst(PARTY, options);
  return {
    title: `Burst: ${n} messages over a WebSocket, many in a frame`,
    note: `Medians of ${rounds} interleaved rounds; as the burst above, with 100 messages in a frame; roomtone's server puts what it is given within one tick into a frame. No other library reads such frames by itself.`,
    ...rest,
  };
}
