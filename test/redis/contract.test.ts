// Rooms in Redis: the contract of backplanes, over two servers that share one real Redis.

import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Backplane, redis } from '../../src/server.js';
import { backplaneContract, type BackplaneHarness } from '../server/backplane-contract.js';
import { relayContract } from '../server/relay-contract.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

describe('redis', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await startRedis()));
  afterAll(() => server.close());
  let turn = 0;

  const make = async (): Promise<BackplaneHarness> => {
    const prefix = `contract-${turn++}:`;
    const connect = (): Backplane => redis(server.url, { prefix, history: { size: 5 } });
    const [one, other] = [connect(), connect()];
    let marks = 0;
    return {
      one,
      other,
      /** A connection hears in the order in which Redis tells: when what was said last is heard, all was. */
      async settle() {
        const id = `mark ${marks++}`;
        const hear = async (each: Backplane): Promise<() => Promise<void>> => {
          let done = (): void => {};
          const heard = new Promise<void>((resolve) => (done = resolve));
          const leave = await each.subscribe('marks', (event) => {
            if (event.kind === 'message' && event.message.id === id) done();
          });
          return () => heard.then(leave);
        };
        const all = await Promise.all([hear(one), hear(other)]);
        await one.publish('marks', { id, from: null, payload: '0', type: 'message' });
        await Promise.all(all.map((heard) => heard()));
      },
      async close() {
        await Promise.all([one.close(), other.close()]);
      },
    };
  };
  backplaneContract(make, it);
  relayContract(make, it);
});
