// Two servers on one Redis, and a wire of the rooms protocol that comes to both. Tests nothing.

import type { RealtimeServerOptions, RedisOptions } from '../../src/server.js';
import { createSessionName, keyOf } from '../node/server/rooms-peer.js';
import { type Answer, start, type Started } from '../node/server/support.js';
import { connected, createNode, type Node } from './kit.js';

export const json = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
export const helloOf = (name: string): string => JSON.stringify({ t: 'hello', v: 1, key: keyOf(name) });
export const hello = helloOf('anna');
export const cursorOf = ({ headers }: Answer): string => String(headers['roomtone-cursor']);
export const typesIn = ({ body }: Answer): string[] => (JSON.parse(body) as { t: string }[]).map(({ t }) => t);

export interface Pair {
  readonly servers: readonly Started[];
  readonly nodes: readonly Node[];
  /** The name of a wire that neither knows. */
  readonly name: string;
  /** Its address on the one server, and on the other. */
  readonly here: string;
  readonly there: string;
}

/** `url`: of Redis, or one for each of the two. */
export async function createPair(
  url: string | readonly [string, string],
  prefix: string,
  options: RealtimeServerOptions = {},
  redisOptions: RedisOptions = {},
): Promise<Pair> {
  const nodes = (typeof url === 'string' ? [url, url] : url).map((each) =>
    createNode(each, { prefix, ...redisOptions }),
  );
  const servers: Started[] = [];
  for (const { backplane } of nodes) {
    await connected(backplane);
    servers.push(await start({ ...options, backplane }));
  }
  const name = createSessionName();
  const [here = '', there = ''] = servers.map((each) => each.at(`session=${name}`));
  return { servers, nodes, name, here, there };
}
