// Webhooks that come in: who signed reaches the room, once; nobody else does, and nothing of it is told.

import { createServer, request as httpRequest } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import {
  createRealtimeServer,
  memory,
  type RealtimeServerOptions,
  type ServerEvent,
  type WebhookOptions,
} from '../../../src/server.js';
import { type Answer, ask, connect, start, type Started } from './support.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtdGVzdHM=';
const PATH = '/hooks/payments';

interface Paid {
  readonly id: string;
  readonly amount: number;
}
const payments = { secret: SECRET, room: 'payments', map: ({ amount }: Paid) => ({ amount }) };

const startHook = (options: WebhookOptions = payments, more: RealtimeServerOptions = {}): Promise<Started> =>
  start({ webhooks: { [PATH]: options }, ...more });

interface Sending {
  readonly id?: string;
  readonly secret?: string;
  readonly ageS?: number;
  readonly signed?: string;
}

function headersOf(body: string, { id = 'msg_1', secret = SECRET, ageS = 0, signed = body }: Sending = {}) {
  const at = new Date(Date.now() - ageS * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, signed),
  };
}

const post = (base: string, body: string, headers: Readonly<Record<string, string>>, path = PATH): Promise<Answer> =>
  ask(base + path, { method: 'POST', headers }, body);
const send = ({ base }: Started, data: unknown, sending?: Sending): Promise<Answer> => {
  const body = JSON.stringify(data);
  return post(base, body, headersOf(body, sending));
};
const kept = async ({ at }: Started, room = 'payments'): Promise<unknown> =>
  JSON.parse((await ask(at(`room=${room}`))).body);

it('what is signed reaches the room as `map` has it, and is answered when it is there', async () => {
  const server = await startHook();
  const reader = await connect(server.at('room=payments'));
  expect((await send(server, { id: 'a', amount: 5 })).status).toBe(202);
  expect(await reader.next()).toBe('{"amount":5}');
  expect(server.events.filter(({ type }) => type !== 'joined')).toEqual([]);
});

it('the same event again is answered with 200 and published once, also when it comes twice at a time', async () => {
  const server = await startHook();
  const answers = await Promise.all([1, 2, 3].map(() => send(server, { amount: 5 })));
  expect(answers.reduce((sum, { status }) => sum + status, 0)).toBe(200 + 200 + 202);
  // signed anew, as senders do when they try again
  expect((await send(server, { amount: 5 }, { ageS: 60 })).status).toBe(200);
  expect((await send(server, { amount: 6 }, { id: 'msg_2' })).status).toBe(202);
  expect(await kept(server)).toEqual([{ amount: 5 }, { amount: 6 }]);
});

it('two servers on one backplane publish it once', async () => {
  const shared = memory();
  const servers = [await startHook(payments, { backplane: shared }), await startHook(payments, { backplane: shared })];
  const statuses = [];
  for (const each of servers) statuses.push((await send(each, { amount: 5 })).status);
  expect(statuses).toEqual([202, 200]);
  expect(await shared.latest('payments', 10)).toMatchObject({
    messages: [{ id: 'msg_1', from: `webhook:${PATH}`, payload: '{"amount":5}' }],
  });
});

it.each<readonly [string, Sending | Readonly<Record<string, string>>]>([
  ['signed by somebody else', { secret: OTHER }],
  ['tampered with', { signed: '{"amount":1}' }],
  ['older than five minutes', { ageS: 301 + 5 }],
  ['of the future', { ageS: -301 - 5 }],
])('%s: 401, and nothing is published', async (_, sending) => {
  const server = await startHook();
  expect((await send(server, { amount: 5 }, sending)).status).toBe(401);
  expect(await kept(server)).toEqual([]);
  expect(server.events).toMatchObject([{ type: 'refused', status: 401 }]);
});

it('an id or a time that was not signed, or no header at all: 401', async () => {
  const { base } = await startHook();
  const body = '{"amount":5}';
  const headers = headersOf(body);
  for (const wrong of [
    { ...headers, 'webhook-id': 'msg_2' },
    { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) },
    { ...headers, 'webhook-signature': 'v1' },
    { ...headers, 'webhook-signature': `v1a,${headers['webhook-signature'].slice(3)}` },
    {},
  ])
    expect((await post(base, body, wrong)).status).toBe(401);
});

it("while one secret takes another's place, both are good", async () => {
  const server = await startHook({ ...payments, secret: [OTHER, SECRET] });
  expect((await send(server, { amount: 1 })).status).toBe(202);
  expect((await send(server, { amount: 2 }, { id: 'msg_2', secret: OTHER })).status).toBe(202);
});

it('too large: 413; slow: 408; no JSON: 400; another method: 405; a WebSocket: 405', async () => {
  const server = await startHook(payments, { maxMessageBytes: 100, bodyTimeoutMs: 50 });
  const { base } = server;
  expect((await send(server, { amount: 5, note: 'x'.repeat(100) })).status).toBe(413);
  const slow = await new Promise<number | undefined>((resolve, reject) => {
    const sent = httpRequest(base + PATH, { method: 'POST', agent: false, headers: headersOf('{') });
    sent.on('response', (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.on('error', reject).write('{'); // and no end
  });
  expect(slow).toBe(408);
  expect((await post(base, '{no', headersOf('{no'))).status).toBe(400);
  expect(await ask(base + PATH)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  await expect(connect(base + PATH)).rejects.toThrow('405');
  expect(await kept(server)).toEqual([]);
});

it('what `map` makes undefined is nothing to publish: 204; `room` tells where from the payload', async () => {
  const server = await startHook({
    secret: SECRET,
    room: ({ id }: Paid) => `account:${id}`,
    map: ({ amount }: Paid) => (amount > 0 ? amount : undefined),
  });
  expect((await send(server, { id: 'a', amount: 0 })).status).toBe(204);
  expect((await send(server, { id: 'a', amount: 0 })).status).toBe(200);
  expect((await send(server, { id: 'a', amount: 7 }, { id: 'msg_2' })).status).toBe(202);
  expect(await kept(server, 'account:a')).toEqual([7]);
});

it("a `verify` of one's own sees the body byte for byte, and says the id; null and throwing are a no", async () => {
  const seen: string[] = [];
  const server = await startHook({
    room: 'payments',
    async verify(headers, body) {
      seen.push(body.toString());
      await Promise.resolve();
      if (headers['x-sign'] === 'broken') throw Object.assign(new Error('secret-in-error'), { body });
      return headers['x-sign'] === 'good' ? String(headers['x-delivery']) : null;
    },
  });
  const statusOf = async (sign: string, delivery = 'd1'): Promise<number> =>
    (await post(server.base, '{ "n":\n 1.0 }', { 'x-sign': sign, 'x-delivery': delivery })).status;
  expect([await statusOf('good'), await statusOf('good'), await statusOf('bad'), await statusOf('broken')]).toEqual([
    202, 200, 401, 401,
  ]);
  expect(await statusOf('good', 'x'.repeat(257))).toBe(400);
  expect(new Set(seen)).toEqual(new Set(['{ "n":\n 1.0 }']));
  expect(await kept(server)).toEqual([{ n: 1 }]);
  expect(JSON.stringify(server.events)).not.toMatch(/secret-in-error|1\.0/);
});

it('where `map` fails, or the room cannot be reached, the sender comes again and nothing is lost', async () => {
  const shared = memory();
  let isDown = true;
  let isBroken = true;
  const events: ServerEvent[] = [];
  const server = await startHook(
    {
      ...payments,
      map: ({ amount }: Paid) => {
        if (isBroken) throw new Error('a bug');
        return amount;
      },
    },
    {
      onEvent: (event) => void events.push(event),
      backplane: {
        ...shared,
        publish: (room, draft) => (isDown ? Promise.reject(new Error('down')) : shared.publish(room, draft)),
      },
    },
  );
  expect((await send(server, { amount: 5 })).status).toBe(500);
  isBroken = false;
  expect(await send(server, { amount: 5 })).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  isDown = false;
  expect((await send(server, { amount: 5 })).status).toBe(202);
  expect(events.filter(({ type }) => type === 'error')).toMatchObject([
    { reason: expect.stringContaining('`map`') },
    { reason: expect.stringContaining('not published') },
  ]);
  expect(JSON.stringify(events)).not.toMatch(/whsec|amount|v1,/);
});

it('are taken by `middleware` and `handle` too, and leave other paths alone', async () => {
  const realtime = createRealtimeServer({ webhooks: { [PATH]: payments } });
  const middleware = realtime.middleware();
  const http = createServer((request, response) => middleware(request, response, () => response.end('yours')));
  const server = await start({}, http);
  const body = '{"amount":5}';
  expect((await post(server.base, body, headersOf(body))).status).toBe(202);
  expect((await post(server.base, body, headersOf(body), `${PATH}/x`)).body).toBe('yours');
  http.removeAllListeners('request').on('request', realtime.handle);
  expect((await post(server.base, body, headersOf(body))).status).toBe(200);
  await realtime.close();
  expect((await post(server.base, body, headersOf(body, { id: 'msg_2' }))).status).toBe(503);
});

it('a body that somebody else has read cannot be verified: 400', async () => {
  const realtime = createRealtimeServer({ webhooks: { [PATH]: payments } });
  const http = createServer((request, response) => {
    request.resume().once('end', () => realtime.handle(request, response));
  });
  const { base } = await start({}, http);
  const body = '{"amount":5}';
  expect((await post(base, body, headersOf(body))).status).toBe(400);
});

it('options that make no sense are said at once, without the secret', () => {
  const make =
    (options: object, path = PATH) =>
    () =>
      createRealtimeServer({ webhooks: { [path]: options as WebhookOptions } });
  for (const secret of ['', 'whsec_', 'whsec_not!base64', 'whsec_abc', [], 7])
    expect(make({ room: 'x', secret })).toThrow(/secret` is 'whsec_' and base64, as/);
  expect(make({ room: 'x' })).toThrow(/one of them/);
  expect(make({ room: 'x', secret: SECRET, verify: () => null })).toThrow(/one of them/);
  expect(make({ room: 'x', verify: 'me' })).toThrow(/verify` is a function/);
  for (const room of [undefined, '', 'x'.repeat(129), 'a\nb', 7])
    expect(make({ secret: SECRET, room })).toThrow(/room` is the name/);
  for (const type of ['', 'a\nb', 'binary', 7])
    expect(make({ secret: SECRET, room: 'x', type })).toThrow(/type` has 1/);
  for (const nothing of [null, undefined]) expect(make(nothing as unknown as object)).toThrow(/one of them/);
  expect(make(payments, 'hooks')).toThrow(/begins with a slash/);
  for (const path of [PATH, `${PATH}/`, '/hooks'])
    expect(() => make(payments)().attach(createServer(), { path })).toThrow(
      /is at or under '\/hooks.*that of the rooms/,
    );
  expect(() => make(payments)().middleware({ path: PATH })).toThrow(/is at or under/);
  expect(() => createRealtimeServer({ webhooks: { '/hooks': payments, '/hooks/': payments } })).toThrow(/Two webhooks/);
  // a path that begins alike, and that of everything
  make(payments)().attach(createServer(), { path: '/hook' });
  make(payments)().attach(createServer(), { path: '/' });
});
