// roomtone with its defaults, limits and all. On Redis where there is one.

import { product } from '../../product.mjs';

const { redis: onRedis, serve } = await product('server');

export async function open({ redis }) {
  const { port, realtime } = await serve({ port: 0, ...(redis ? { backplane: onRedis(redis) } : {}) });
  return { port, publish: (room, data) => realtime.publish(room, data) };
}
