// `roomtone serve --redis`: the same rooms on two servers from the command line, and what it says of a Redis that is not there.

import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/server/node/command.js';
import { until } from '../chaos/until.js';
import { greet, overSocket } from '../node/server/rooms-peer.js';
import { startRedis } from '../support/redis-server.js';

const start = async (url: string) => {
  let said = '';
  const outcome = await run(['serve', '--port', '0', '--redis', url, '--history', '7'], {
    out: () => {},
    err: (text) => void (said += text),
  });
  if (typeof outcome === 'number') throw new Error(`ended with ${outcome}: ${said}`);
  onTestFinished(() => outcome.close());
  return { serving: outcome, said: () => said };
};

test('two servers of one Redis have the same rooms; one that is lost is told of, once, and when it is back', async () => {
  const server = await startRedis();
  onTestFinished(() => server.close());
  const [a, b] = [await start(server.url), await start(server.url)];
  const peers = await Promise.all(
    [a, b].map(async ({ serving }, n) => {
      const peer = await overSocket({ at: (query) => `${serving.url}?${query}` });
      const { limits } = await greet(peer, `peer${n}`);
      expect(limits).toMatchObject({ history: 7, dedupeMs: 300_000 });
      await peer.say({ t: 'join', room: 'a', join: 1 });
      await peer.next('joined');
      return peer;
    }),
  );
  await peers[0]!.say({ t: 'publish', room: 'a', id: 'm', data: { hello: 1 } });
  expect(await peers[1]!.next('message')).toMatchObject({ id: 'm', data: { hello: 1 }, offset: 1 });

  expect([a.said(), b.said()]).toEqual(['', '']);
  await server.kill();
  await peers[0]!.say({ t: 'publish', room: 'a', id: 'n', data: 2 });
  expect(await peers[0]!.next('error')).toMatchObject({ code: 'unavailable', room: 'a', id: 'n' });
  expect(a.said()).toMatch(/^roomtone: Redis[^\n]*\. Rooms are refused until it is back\.\n$/);
  await server.start();
  await until('it to be back', () => a.said().endsWith('roomtone: Redis is back\n'));
  // both links stand all the time, and are told to look what they missed
  for (const peer of peers) await peer.next('resync');
});

test('no Redis at the start: said at once; an address that is none: code 2, and the address is kept to itself', async () => {
  const { said } = await start('redis://127.0.0.1:1');
  await until('it to be said', () => said() !== '');
  expect(said()).toMatch(/^roomtone: Redis is not there: [^\n]*ECONNREFUSED[^\n]*\n$/);
  let words = '';
  const err = (text: string): void => void (words += text);
  expect(await run(['serve', '--redis', 'http://anna:secret@host'], { out: () => {}, err })).toBe(2);
  expect(words).toMatch(/--redis takes an address/);
  expect(words).not.toMatch(/secret/);
  let help = '';
  await run(['--help'], { out: (text) => void (help += text), err });
  expect(help).toMatch(/--redis <url>/);
});
