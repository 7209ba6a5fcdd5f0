// The rooms protocol, the same whichever way a client comes; over real sockets.

import { describe, expect, it } from 'vitest';
import { greet, type Heard, keyOf, type RoomsPeer } from './rooms-peer.js';
import { ways } from './rooms-ways.js';
import { start } from './support.js';

const join = async (
  peer: RoomsPeer,
  room = 'a',
  rest: { presence?: object; since?: { epoch: string; offset: number }; history?: number } = {},
): Promise<Heard<'joined'>> => {
  await peer.say({ t: 'join', room, join: 1, ...(rest as object) });
  return peer.next('joined', (event) => event.room === room);
};

describe.each(ways)('over $way', ({ way, open }) => {
  it('welcomes, and the same key is the same user and connection again', async () => {
    const server = await start();
    const first = await open(server);
    const welcome = await greet(first, 'anna');
    expect(welcome).toMatchObject({
      v: 1,
      limits: { maxMessageBytes: 2 ** 20, maxRooms: 100, maxPresenceBytes: 2 ** 14, history: 100 },
      heartbeatMs: 25_000,
    });
    const second = await open(server);
    expect(await greet(second, 'anna')).toEqual(welcome);
    // J9: one of them, by a rule that is written down
    expect(await first.closed).toBe(4409);
    const other = await greet(await open(server), 'ben');
    expect([other.user.id, other.connection]).not.toContain(welcome.user.id);
    expect(JSON.stringify(other)).not.toContain(keyOf('ben'));
  });

  it('carries every message once, in one order, with receipts', async () => {
    const server = await start();
    const [anna, ben] = [await open(server), await open(server)];
    await greet(anna, 'anna');
    await greet(ben, 'ben');
    await join(anna);
    await join(ben);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    await Promise.all([
      anna.say(...numbers.map((n) => ({ t: 'publish', room: 'a', id: `a${n}`, data: n }) as const)),
      ben.say(...numbers.map((n) => ({ t: 'publish', room: 'a', id: `b${n}`, data: n }) as const)),
    ]);
    await anna.next('message', ({ offset }) => offset === 100);
    await ben.next('message', ({ offset }) => offset === 100);
    await anna.next('ack', ({ id }) => id === 'a49');
    const seen = ({ heard }: RoomsPeer) => heard.flatMap((event) => (event.t === 'message' ? [event] : []));
    expect(seen(anna).map(({ offset }) => offset)).toEqual(
      numbers.concat(numbers.map((n) => n + 50)).map((n) => n + 1),
    );
    expect(seen(ben)).toEqual(seen(anna));
    expect(anna.heard.filter(({ t }) => t === 'ack')).toHaveLength(50);
  });

  it('is one world with plain links and the server itself', async () => {
    const server = await start();
    const anna = await open(server);
    await greet(anna, 'anna');
    await join(anna);
    server.realtime.publish('a', { by: 'server' }, { type: 'news' });
    server.realtime.publish('a', Uint8Array.of(1, 2, 255));
    expect(await anna.next('message')).toMatchObject({ from: null, data: { by: 'server' }, type: 'news', offset: 1 });
    expect(await anna.next('message')).toMatchObject({ from: null, data: 'AQL/', type: 'binary' });
    await anna.say({ t: 'publish', room: 'a', id: 'm', data: ['said'] });
    await anna.next('ack');
    const kept = await fetch(server.at('room=a'));
    expect(await kept.json()).toEqual([{ by: 'server' }, 'AQL/', ['said']]);
  });

  it('goes on from a place, and says what is gone', async () => {
    const server = await start({ history: { size: 3 } });
    for (const n of [1, 2, 3, 4, 5]) server.realtime.publish('a', n);
    const anna = await open(server);
    await greet(anna, 'anna');
    const { epoch } = await join(anna, 'a', { history: 2 });
    const offsets = ({ messages }: Heard<'joined'> | Heard<'history'>) => messages.map(({ offset }) => offset);
    const again = await join(anna, 'a', { since: { epoch, offset: 2 } });
    expect([offsets(again), again.offset, again.gap, again.more]).toEqual([[3, 4, 5], 5, undefined, false]);
    const late = await join(anna, 'a', { since: { epoch, offset: 1 }, history: 2 });
    expect([offsets(late), late.gap]).toEqual([[4, 5], { reason: 'expired', missed: 2 }]);
    const lost = await join(anna, 'a', { since: { epoch: 'other', offset: 1 }, history: 1 });
    expect([offsets(lost), lost.gap, lost.more]).toEqual([[5], { reason: 'epoch', missed: null }, true]);
    await anna.say({ t: 'history', room: 'a', before: 5, limit: 1, request: 7 });
    const page = await anna.next('history');
    expect([offsets(page), page.more, page.request]).toEqual([[4], true, 7]);
  });

  it('says who is there, and who leaves: at once after bye, after the grace where a wire is lost', async () => {
    const server = await start({ presenceGraceMs: 60, pollIdleMs: 400 });
    const [anna, ben, carl] = [await open(server), await open(server), await open(server)];
    const names: Record<string, string> = {};
    for (const [name, peer] of Object.entries({ anna, ben, carl })) names[name] = (await greet(peer, name)).user.id;
    for (const peer of [anna, ben, carl]) await join(peer, 'a', { presence: { x: 1 } });
    expect((await carl.next('members')).members.map(({ user }) => user)).toEqual(Object.values(names));
    await anna.say({ t: 'presence', room: 'a', data: { x: 2 } });
    const change = async (op: 'update' | 'leave'): Promise<unknown> => {
      const { changes } = await carl.next('presence', (event) => event.changes.some((each) => each.op === op));
      const found = changes.find((each) => each.op === op);
      return found && ('entry' in found ? [found.entry.user, found.entry.data] : found.user);
    };
    expect(await change('update')).toEqual([names['anna'], { x: 2 }]);
    anna.leave();
    expect(await change('leave')).toBe(names['anna']);
    ben.cut();
    expect(await change('leave')).toBe(names['ben']);
  });

  it('comes back within the grace, and nobody noticed', async () => {
    const server = await start();
    const [anna, ben] = [await open(server), await open(server)];
    await greet(anna, 'anna');
    await greet(ben, 'ben');
    await join(ben);
    await join(anna, 'a', { presence: { x: 1 } });
    await ben.next('presence');
    anna.cut();
    const back = await open(server);
    await greet(back, 'anna');
    await join(back, 'a', { presence: { x: 1 } });
    expect((await back.next('members')).members).toMatchObject([{ n: 1, data: { x: 1 } }]);
    await back.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
    await ben.next('message');
    expect(ben.heard.filter(({ t }) => t === 'presence')).toHaveLength(1);
  });

  it('refuses by the table, and lives on', async () => {
    const server = await start({
      authenticate: ({ token }) => (token ? { id: token } : null),
      authorize: ({ user, action, room }) => room !== 'private' && !(action === 'publish' && user.id === 'reader'),
      maxRoomsPerConnection: 1,
      maxPresenceBytes: 20,
    });
    const nobody = await open(server);
    await nobody.say({ t: 'hello', v: 1, key: keyOf('nobody') });
    expect(await nobody.closed).toBe(4401);
    const reader = await open(server);
    expect((await greet(reader, 'reader', 'reader')).user).toEqual({ id: 'reader' });
    await reader.say({ t: 'join', room: 'private', join: 1 });
    expect(await reader.next('error')).toMatchObject({ code: 'forbidden', room: 'private', join: 1 });
    await join(reader);
    await reader.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
    expect(await reader.next('error')).toMatchObject({ code: 'forbidden', room: 'a', id: 'm' });
    await reader.say({ t: 'publish', room: 'b', id: 'm', data: 1 });
    expect(await reader.next('error')).toMatchObject({ code: 'not-joined', room: 'b', id: 'm' });
    await reader.say({ t: 'join', room: 'b', join: 2 });
    expect(await reader.next('error')).toMatchObject({ code: 'too-many-rooms', room: 'b', join: 2 });
    await reader.say({ t: 'presence', room: 'a', data: { x: 'x'.repeat(20) } }); // D9
    expect(await reader.next('error')).toMatchObject({ code: 'too-large', room: 'a' });
    await reader.raw('[{"t":"dance"},{"t":"leave"},{"t":"ping"}]');
    expect(await reader.next('error')).toMatchObject({ code: 'unsupported' });
    expect(await reader.next('error')).toMatchObject({ code: 'bad-request' });
    await reader.next('pong');
  });

  it.each([
    ['not JSON', '{', 4400],
    ['no object', '7', 4400],
    ['something before hello', '{"t":"ping"}', 4400],
    ['an old version', JSON.stringify({ t: 'hello', v: 0, key: keyOf('x') }), 4406],
  ])('ends a client that says %s', async (_, frame, code) => {
    const peer = await open(await start());
    await peer.raw(frame);
    expect(await peer.closed).toBe(code);
  });

  it('ends when the credentials do, and goes on with new ones in place', async () => {
    const server = await start({
      authenticate: ({ token }) => ({ id: token?.split(':')[0] ?? '', expiresInMs: Number(token?.split(':')[1]) }),
    });
    const [short, long] = [await open(server), await open(server)];
    expect(await greet(short, 'short', 'a:150')).toMatchObject({ expiresInMs: 150 });
    await greet(long, 'long', 'b:150');
    await long.say({ t: 'auth', token: 'b:60000' });
    expect(await long.next('authed')).toEqual({ t: 'authed', expiresInMs: 60_000 });
    expect(await short.closed).toBe(4401);
    await long.settled();
    await long.say({ t: 'auth', token: 'c:60000' });
    expect(await long.closed).toBe(4403);
  });

  it('says good-bye when the server goes', async () => {
    const server = await start();
    const peer = await open(server);
    await greet(peer, 'anna');
    await server.realtime.close();
    // a poll that was not held meets the closed door with its next question
    expect(way.includes('poll') ? [1012, 1006] : [1012]).toContain(await peer.closed);
  });
});
