// Sessions in hands that mean it badly (HC12, HC13, HC15): each with what comes of it.

import { expect, it } from 'vitest';
import { createSessionName, greet, keyOf, overSocket } from './rooms-peer.js';
import { ask, start } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
const cursorOf = ({ headers }: Awaited<ReturnType<typeof ask>>): string => String(headers['roomtone-cursor']);
const authenticate = ({ token }: { readonly token: string | undefined }) => (token ? { id: token } : null);

it('HC12: the key of another is another connection, and a place of another room or of the future gives nothing away', async () => {
  const server = await start({
    authenticate,
    authorize: ({ user, action }) => action !== 'history' || user.id === 'anna',
  });
  const [anna, mallory] = [await overSocket(server), await overSocket(server)];
  const { connection } = await greet(anna, 'anna', 'anna');
  await anna.say({ t: 'join', room: 'a', join: 1, presence: { name: 'anna' } });
  const { epoch } = await anna.next('joined');
  await anna.say({ t: 'publish', room: 'a', id: 'm', data: 'said before' });
  await anna.next('ack');
  // with the very key
  expect((await greet(mallory, 'anna', 'mallory')).connection).not.toBe(connection);
  for (const since of [
    { epoch: 'x', offset: 0 },
    { epoch, offset: 99 },
    { epoch, offset: 2 ** 53 - 1 },
  ]) {
    await mallory.say({ t: 'join', room: 'a', join: 1, since, history: 100 });
    expect(await mallory.next('joined')).toMatchObject({ messages: [], gap: { reason: 'epoch' } });
  }
  await mallory.say({ t: 'presence', room: 'a', data: null }, { t: 'leave', room: 'a', join: 1 });
  await mallory.settled();
  await anna.say({ t: 'members', room: 'a' });
  const { members } = await anna.next('members', (event) => event.members.length > 0);
  expect(members).toMatchObject([{ user: 'anna', connection, data: { name: 'anna' } }]);
  expect(anna.heard.filter(({ t }) => t === 'close' || t === 'error')).toEqual([]);
});

it('HC13: of ten polls at once one is answered, with each event once; a poll after the end is 503', async () => {
  const server = await start();
  const url = server.at(`session=${createSessionName()}`);
  await ask(url);
  await ask(url, json, JSON.stringify({ t: 'hello', v: 1, key: keyOf('anna') }));
  const cursor = cursorOf(await ask(`${url}&cursor=0`));
  const polls = Array.from({ length: 10 }, () => ask(`${url}&wait=25&cursor=${cursor}`));
  let ended = 0;
  await new Promise<void>((resolve) => {
    for (const poll of polls) void poll.then(() => ++ended === 9 && resolve());
  });
  await ask(url, json, '{"t":"ping"}');
  const answers = await Promise.all(polls);
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    200,
    ...Array.from({ length: 9 }, () => 204),
  ]);
  expect(answers.map(({ body }) => body).join('')).toBe('[{"t":"pong"}]');
  await ask(url, json, '{"t":"bye"}');
  const last = await ask(`${url}&cursor=${cursor}`);
  expect(last.body).toContain('"code":1000');
  expect((await ask(`${url}&cursor=${cursorOf(last)}`)).status).toBe(503);
  expect((await ask(`${url}&cursor=${cursorOf(last)}`)).status).toBe(503);
});

it('HC15: a page of history is no larger than what is kept, and asking in a loop waits its turn', async () => {
  const server = await start({ history: { size: 10 }, rateLimit: { perSecond: 1_000, burst: 100 } });
  const mallory = await overSocket(server);
  await greet(mallory, 'mallory');
  await mallory.say({ t: 'join', room: 'a', join: 1 });
  for (let n = 0; n < 30; n++) server.realtime.publish('a', n);
  const page = { t: 'history', room: 'a', before: 2 ** 53 - 1, limit: 2 ** 53 - 1 } as const;
  for (let request = 0; request < 50; request++) await mallory.say({ ...page, request });
  for (let request = 0; request < 50; request++)
    expect((await mallory.next('history', (event) => event.request === request)).messages).toHaveLength(10);
  expect(server.events).toContainEqual(
    expect.objectContaining({ type: 'refused', status: 'rate-limited', reason: expect.stringContaining('rateLimit') }),
  );
});
