// Tickets that every server takes, in Redis: each once. Knows neither tickets nor users.

import { createHash } from 'node:crypto';
import type { TicketStore } from '../../backplane.js';
import type { RedisLink } from './redis-link.js';
import type { Script } from './scripts.js';

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

const PUT = script(`return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`);
const TAKE = script(`return redis.call('GETDEL', KEYS[1])`);

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
