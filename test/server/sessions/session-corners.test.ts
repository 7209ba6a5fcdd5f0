// Corners of a session: rights that change, users that are odd, ends in the middle of a frame. On a manual clock.

import { describe, expect, it } from 'vitest';
import { CLOSE } from '../../../src/protocol/rooms-frames.js';
import type { SessionWire } from '../../../src/server/sessions/session-services.js';
import { changesOf, createWorld, keyOf, settled } from './session-world.js';

const message = (room: string, id: string, data: unknown = 1) => ({ t: 'publish', room, id, data }) as const;

it('a publish whose type is null is a message', async () => {
  const ada = await createWorld().joined('ada');
  await ada.raw('{"t":"publish","room":"a","id":"1","data":1,"type":null}');
  expect(ada.of('error')).toEqual([]);
  expect(ada.of('ack')).toHaveLength(1);
});

it('the right to presence goes with the credentials: out at once, and asked for anew', async () => {
  const world = createWorld({
    authenticate: (token) => ({ id: 'ada', level: token }),
    authorize: ({ action, user }) => action !== 'presence' || user['level'] === 'full',
  });
  const ada = await world.enter('full');
  await ada.say({ t: 'join', room: 'a', join: 1, presence: { x: 1 } });
  await ada.say({ t: 'auth', token: 'none' });
  expect(ada.of('resync')).toEqual([{ t: 'resync', room: 'a' }]);
  expect((await world.backplane.members('a')).entries).toEqual([]);
  await ada.say({ t: 'presence', room: 'a', data: { x: 2 } });
  expect(ada.last('error')).toMatchObject({ code: 'not-joined', room: 'a' });
  await ada.say({ t: 'join', room: 'a', join: 2, presence: { x: 2 } });
  expect(ada.last('error')).toMatchObject({ code: 'forbidden', room: 'a' });
  expect((await world.backplane.members('a')).entries).toEqual([]);
});

describe('what `authenticate` returns', () => {
  const cycle: Record<string, unknown> = { id: 'ada' };
  cycle['self'] = cycle;
  it.each<[string, () => unknown]>([
    ['a BigInt in it', () => ({ id: 'ada', n: 1n })],
    ['a cycle', () => cycle],
    ['a toJSON of its own', () => ({ id: 'ada', toJSON: () => ({ hidden: 1 }) })],
    ['expiresInMs NaN', () => ({ id: 'ada', expiresInMs: NaN })],
    ['expiresInMs a text', () => ({ id: 'ada', expiresInMs: '1000' })],
  ])('%s: nobody is let in, and the wire is closed with "try again later"', async (_name, make) => {
    const world = createWorld({ authenticate: () => make() as never });
    const ada = world.connect();
    await ada.say({ t: 'hello', v: 1, key: keyOf('ada') });
    expect(JSON.stringify(ada.closed)).toContain('1013');
    expect([ada.of('welcome'), world.connections.size]).toEqual([[], 0]);
  });

  it('an id on the prototype counts', async () => {
    class Row {
      get id(): string {
        return 'ada';
      }
    }
    const world = createWorld({ authenticate: () => new Row() as never });
    const ada = await world.enter('ada');
    expect(ada.last('welcome').user).toEqual({ id: 'ada' });
  });

  it.each([undefined, null, Infinity])('expiresInMs %s: they hold', async (expiresInMs) => {
    const world = createWorld({ authenticate: () => ({ id: 'ada', expiresInMs }) as never });
    const ada = await world.enter('ada');
    expect(ada.last('welcome')).not.toHaveProperty('expiresInMs');
    expect(ada.closed).toEqual([]);
  });

  it.each([0, -1, -Infinity])('expiresInMs %s: what it says with its hello is not done', async (expiresInMs) => {
    const asked: unknown[] = [];
    const authorize = (request: unknown): boolean => asked.push(request) > 0;
    const world = createWorld({ authenticate: () => ({ id: 'ada', expiresInMs }), authorize });
    const ada = world.connect();
    const join = { t: 'join', room: 'a', join: 1, history: 10 } as const;
    await ada.say({ t: 'hello', v: 1, key: keyOf('ada') }, join, { t: 'publish', room: 'a', id: '1', data: 1 });
    expect([ada.closed, ada.heard, asked]).toEqual([[4401], [], []]);
    expect((await world.backplane.latest('a', 10)).messages).toEqual([]);
  });
});

it('what nobody asks for again leaves after the grace, however often its client comes and goes', async () => {
  const world = createWorld();
  const watcher = await world.joined('watcher');
  const ada = await world.joined('ada', 'a', {});
  ada.session.lost();
  for (let round = 0; round < 20; round++) {
    await world.advance(1_000);
    const again = await world.enter('ada');
    await world.advance(3_000);
    again.session.lost();
  }
  expect(changesOf(watcher)).toEqual(['+ada {}', '-ada']);
});

it('answers to what was said before `bye` in the same frame go out', async () => {
  const ada = await createWorld().joined('ada');
  await ada.say(message('a', 'm'), { t: 'bye' });
  expect(ada.of('ack')).toMatchObject([{ id: 'm' }]);
});

it('a server that closes takes back what its clients show: the rooms may live on', async () => {
  const world = createWorld();
  await world.joined('ada', 'a', { x: 1 });
  expect((await world.backplane.members('a')).entries).toHaveLength(1);
  await world.connections.close();
  expect((await world.backplane.members('a')).entries).toEqual([]);
});

it.each(['', ' ', '{'])('what comes behind %j, which is no frame, is not done', async (noFrame) => {
  const world = createWorld();
  const ada = await world.joined('ada');
  ada.session.receive(noFrame);
  await ada.raw(JSON.stringify(message('a', 'm')));
  expect(ada.closed).toHaveLength(1);
  expect((await world.backplane.latest('a', 10)).messages).toEqual([]);
});

it('who says long things is not read before more waits than may, and is again when they are done', async () => {
  const later: (() => void)[] = [];
  const authenticate = () => new Promise<{ id: string }>((resolve) => later.push(() => resolve({ id: 'ada' })));
  const world = createWorld({ authenticate, settings: { maxMessageBytes: 1_000 } });
  const did: string[] = [];
  const wire: SessionWire = {
    send: () => {},
    close: (code) => void did.push(`closed ${code}`),
    pause: () => void did.push('paused'),
    resume: () => void did.push('read'),
  };
  const session = world.sessions.open(wire, undefined);
  session.receive(JSON.stringify({ t: 'hello', v: 1, key: keyOf('ada') }));
  const long = JSON.stringify({ ...message('a', 'm'), data: 'x'.repeat(900) });
  session.receive(long);
  expect(did).toEqual([]);
  session.receive(long);
  session.receive(long);
  expect(did).toEqual(['paused']);
  for (const resolve of later) resolve();
  await settled();
  expect(did).toEqual(['paused', 'read']);
  // and who is sent away because of it is read to its end
  for (let n = 0; n < 5; n++) session.receive(long);
  await settled();
  expect(did.slice(2)).toEqual(['paused', 'read', `closed ${CLOSE.tooMuch}`]);
});
