// Tickets that every server takes, in Redis: each once. Knows neither tickets nor users.

import type { TicketStore } from '../../backplane.js';
import type { RedisLink } from './redis-link.js';
import { scriptOf } from './scripts.js';

const PUT = scriptOf(`return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`);
const TAKE = scriptOf(`return redis.call('GETDEL', KEYS[1])`);

export function createRedisTickets(link: Pick<RedisLink, 'call'>, prefix: string): TicketStore {
  const keyOf = (key: string): string => `${prefix}ticket:${key}`;
  return {
    async put(key, text, ttlMs) {
      await link.call(PUT, [keyOf(key)], [text, Math.min(Math.ceil(ttlMs), 2 ** 40)]);
    },
    async take(key) {
      const found = await link.call(TAKE, [keyOf(key)], []);
      return typeof found === 'string' ? found : undefined;
    },
  };
}
