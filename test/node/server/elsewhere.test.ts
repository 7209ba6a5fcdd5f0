// Wires that another server has, which answers as each test says: what is asked of it, how much at once, and what is done where it does not answer.

import { request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { memory, type Relay } from '../../../src/server.js';
import { createSessionName } from './rooms-peer.js';
import { ask, start, type Started } from './support.js';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

interface Question {
  readonly kind: string;
  readonly body?: string;
  /** undefined: nothing is heard of it. */
  answer(answer: { readonly status: number; readonly cursor?: string } | undefined): void;
}

async function startBeside(options = {}): Promise<{
  readonly server: Started;
  readonly url: string;
  /** The next question. */
  next(): Promise<Question>;
  readonly count: () => number;
}> {
  const questions: Question[] = [];
  const takers: ((question: Question) => void)[] = [];
  let count = 0;
  const relay: Relay = {
    claim: async () => () => {},
    ask: (_, text) =>
      new Promise((resolve) => {
        const said = JSON.parse(text) as { readonly kind: string; readonly body?: string };
        const question: Question = {
          ...said,
          answer: (answer) => resolve(answer && JSON.stringify(answer)),
        };
        count++;
        const taker = takers.shift();
        if (taker) taker(question);
        else questions.push(question);
      }),
  };
  const server = await start({ ...options, backplane: { ...memory(), relay } });
  return {
    server,
    url: server.at(`session=${createSessionName()}`),
    count: () => count,
    next: () =>
      new Promise((resolve) => {
        const question = questions.shift();
        if (question) resolve(question);
        else takers.push(resolve);
      }),
  };
}

it('what comes after a POST that did not get through does not overtake it; the next one is a beginning', async () => {
  const { url, next, count } = await startBeside();
  const first = ask(url, json, '"1"');
  const question = await next();
  expect(question).toMatchObject({ kind: 'post', body: '"1"' });
  const second = ask(url, json, '"2"');
  await ask(url.replace(/session=.*/, 'room=x'), json, '1'); // it is there, behind the first
  expect(count()).toBe(1);
  question.answer(undefined);
  expect([(await first).status, (await second).status, count()]).toEqual([503, 503, 1]);
  const third = ask(url, json, '"3"');
  (await next()).answer({ status: 202 });
  expect((await third).status).toBe(202);
});

it('no more wait for others than there may be connections', async () => {
  const { server, url, next } = await startBeside({ maxConnections: 2 });
  const held = [ask(`${url}&cursor=0&wait=25`), ask(url, json, '"1"')];
  const questions = [await next(), await next()];
  expect((await ask(url, json, '"2"')).status).toBe(503);
  expect(server.events.at(-1)).toMatchObject({ type: 'refused', reason: expect.stringContaining('maxConnections') });
  for (const { kind, answer } of questions) answer({ status: kind === 'get' ? 200 : 202, cursor: '1' });
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 202]);
  const after = ask(url, json, '"3"');
  (await next()).answer({ status: 202 });
  expect((await after).status).toBe(202);
});

it.each([
  ...['', 'no JSON', '7', '{}', '{"status":0}', '{"status":99999}', '{"status":"204"}'],
  ...['{"status":200,"body":7}', '{"status":204,"cursor":{}}'],
])('an answer that is none, %j, is 503', async (text) => {
  const relay: Relay = { claim: async () => () => {}, ask: async () => text };
  const server = await start({ backplane: { ...memory(), relay } });
  const url = server.at(`session=${createSessionName()}`);
  expect((await ask(url, json, '"1"')).status).toBe(503);
  expect((await ask(`${url}&cursor=0`)).status).toBe(503);
});

it('an answer that breaks off keeps no place', async () => {
  const answers = ['{"status":204,"cursor":"\\n"}', '{"status":202}', '{"status":204,"cursor":"1"}'];
  const relay: Relay = { claim: async () => () => {}, ask: async () => answers.shift() };
  const server = await start({ backplane: { ...memory(), relay }, maxConnections: 1 });
  const url = server.at(`session=${createSessionName()}`);
  await expect(ask(`${url}&cursor=0`)).rejects.toThrow();
  expect((await ask(url, json, '"1"')).status).toBe(202);
  expect((await ask(`${url}&cursor=0`)).status).toBe(204);
});

it('made-up names are connections of their address while their bodies are awaited; one that was answered for is none', async () => {
  const { server, url, next } = await startBeside({ maxConnectionsPerAddress: 1 });
  const known = ask(url, json, '"1"');
  (await next()).answer({ status: 202 });
  expect((await known).status).toBe(202);
  const slow = request(server.at(`session=${createSessionName()}`), { ...json, agent: false }).on('error', () => {});
  onTestFinished(() => void slow.destroy());
  slow.write('"');
  await new Promise((resolve) => server.http.once('request', resolve));
  const another = await ask(server.at(`session=${createSessionName()}`), json, '"1"');
  expect([another.status, another.body]).toEqual([429, expect.stringContaining('maxConnectionsPerAddress')]);
  const two = [ask(url, json, '"2"'), ask(`${url}&cursor=0`)];
  for (const _ of two) {
    const { kind, answer } = await next();
    answer(kind === 'get' ? { status: 204, cursor: '0' } : { status: 202 });
  }
  expect((await Promise.all(two)).map(({ status }) => status)).toEqual([202, 204]);
});

it('closing waits for no body, and nothing behind it overtakes it', async () => {
  const { server, url, next, count } = await startBeside({ bodyTimeoutMs: 1_000_000 });
  const known = ask(url, json, '"1"');
  (await next()).answer({ status: 202 });
  await known;
  const slow = request(url, { ...json, agent: false });
  const cut = new Promise((resolve) => slow.on('error', resolve));
  slow.write('"');
  await new Promise((resolve) => server.http.once('request', resolve));
  const behind = ask(url, json, '"2"').catch(() => 'cut');
  await ask(url.replace(/session=.*/, 'room=x'), json, '1'); // it is there
  await server.realtime.close();
  await cut;
  expect([await behind, count()]).toEqual(['cut', 1]);
});
