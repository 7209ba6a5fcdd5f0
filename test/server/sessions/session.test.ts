// A session by docs/protocol.md: opening, rooms, publishing, errors, hostile frames. On a manual clock, without sockets.

import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../../src/protocol/rooms-frames.js';
import { seededRandom } from '../../../src/testing.js';
import { createWorld, keyOf, settled } from './session-world.js';

const hello = (key: string, token?: string) => ({ t: 'hello', v: 1, key: keyOf(key), token }) as const;

describe('opening', () => {
  it('a hello that was given up and comes late takes nothing over', async () => {
    const world = createWorld();
    const [old, late, now] = [world.connect(), world.connect(), world.connect()];
    await old.say({ ...hello('ada'), n: 5 });
    await now.say({ ...hello('ada'), n: 7 });
    await late.say({ ...hello('ada'), n: 6 });
    expect([old.closed, late.closed, now.closed]).toEqual([[4409], [4409], []]);
    expect([late.of('welcome'), world.connections.size]).toEqual([[], 1]);
    const [same, unnumbered] = [world.connect(), world.connect()];
    await same.say({ ...hello('ada'), n: 7 }); // in the same millisecond
    await unnumbered.say(hello('ada'));
    expect([now.closed, same.closed, unnumbered.closed]).toEqual([[4409], [4409], []]);
  });

  it.each<[string, string, number]>([
    ['not JSON', '{"t":', 4400],
    ['a number', '1', 4400],
    ['null', 'null', 4400],
    ['something before hello', JSON.stringify([{ t: 'join', room: 'a', join: 1 }, hello('a')]), 4400],
    ['an unknown type before hello', '{"t":"dance"}', 4400],
    ['a short key', '{"t":"hello","v":1,"key":"short"}', 4400],
    ['a key that is an object', '{"t":"hello","v":1,"key":{"__proto__":1}}', 4400],
    ['a version that is none', JSON.stringify({ ...hello('a'), v: -1 }), 4400],
    ['an older version', JSON.stringify({ ...hello('a'), v: 0 }), 4406],
  ])('ends who begins with %s', async (_, frame, code) => {
    const actor = createWorld().connect();
    await actor.raw(frame);
    expect(actor.closed).toEqual([code]);
    await actor.say(hello('a'));
    expect(actor.heard).toEqual([]);
  });

  it('speaks its own version with clients of later ones, and ignores what it does not know', async () => {
    const actor = createWorld().connect();
    await actor.raw(JSON.stringify({ ...hello('a'), v: 7, colour: 'red', token: null }));
    expect(actor.last('welcome')).toMatchObject({ v: 1, user: { id: keyOf('a') } });
  });

  it.each([10_000, 300])('waits %i ms for hello, and no longer', async (helloTimeoutMs) => {
    const { connect, advance, clock } = createWorld({ settings: { helloTimeoutMs } });
    const [silent, slow] = [connect(), connect()];
    await advance(helloTimeoutMs - 1);
    await slow.say(hello('a'));
    expect(silent.closed).toEqual([]);
    await advance(1);
    expect([silent.closed, slow.closed]).toEqual([[4408], []]);
    slow.session.bye();
    await settled();
    expect(clock.pending).toBe(0);
  });

  it.each<[string, () => Promise<null> | null | { id: string } | never, number]>([
    ['nobody', () => null, 4401],
    ['later nobody', async () => null, 4401],
    ['a user without a name', () => ({ id: '' }), 4401],
    [
      'an exception',
      () => {
        throw new Error('the database is gone');
      },
      1013,
    ],
  ])('closes where authenticate gives %s', async (_, authenticate, code) => {
    const actor = createWorld({ authenticate }).connect();
    await actor.say(hello('a'));
    expect([actor.closed, actor.heard]).toEqual([[code], []]);
  });

  it('answers a second hello with an error, pings with pongs', async () => {
    const actor = await createWorld().enter('a');
    await actor.say(hello('a'), { t: 'ping' }, { t: 'pong' });
    expect(actor.heard.map(({ t }) => t)).toEqual(['welcome', 'error', 'pong']);
    expect(actor.closed).toEqual([]);
  });

  it('closes when the credentials expire, also after a month; new ones put it off', async () => {
    const month = 31 * 86_400_000;
    const authenticate = (token?: string) => ({ id: 'a', expiresInMs: token === 'month' ? month : 1_000, role: 'x' });
    const { enter, advance } = createWorld({ authenticate });
    const [short, long] = [await enter('short'), await enter('long')];
    expect(short.last('welcome')).toMatchObject({ user: { id: 'a', role: 'x' }, expiresInMs: 1_000 });
    await long.say({ t: 'auth', token: 'month' });
    expect(long.last('authed')).toEqual({ t: 'authed', expiresInMs: month });
    await advance(1_000);
    expect([short.closed, long.closed]).toEqual([[4401], []]);
    await advance(month - 1_001);
    expect(long.closed).toEqual([]);
    await advance(1);
    expect(long.closed).toEqual([4401]);
  });

  it('after new credentials leaves the rooms that they do not open, by an error with the number of the join', async () => {
    const { enter, server } = createWorld({
      authenticate: (token) => ({ id: 'a', level: Number(token) }),
      authorize: ({ user, room }) => room !== 'high' || Number(user['level']) > 1,
    });
    const actor = await enter('2');
    await actor.say({ t: 'join', room: 'high', join: 3 }, { t: 'join', room: 'low', join: 4 });
    await actor.say({ t: 'auth', token: '1' });
    expect(actor.of('error')).toMatchObject([{ code: 'forbidden', room: 'high', join: 3 }]);
    server.publish('high', '1');
    server.publish('low', '2');
    await settled();
    expect(actor.of('message')).toMatchObject([{ room: 'low', data: 2 }]);
  });
});

describe('rooms', () => {
  it('gives each message once and in order, whatever is published while it joins', async () => {
    let publish = (): void => {};
    const world = createWorld({
      wrap: (backplane) => ({
        ...backplane,
        async subscribe(room, listener) {
          const leave = await backplane.subscribe(room, listener);
          publish();
          return leave;
        },
        async latest(room, limit) {
          publish();
          const past = await backplane.latest(room, limit);
          publish();
          await Promise.resolve();
          publish();
          return past;
        },
      }),
    });
    publish = () => world.server.publish('a', String(n++));
    let n = 1;
    const actor = await world.joined('x');
    publish();
    await settled();
    const { offset, messages } = actor.last('joined');
    expect([offset, messages]).toEqual([2, []]);
    expect(actor.of('message').map(({ offset: each }) => each)).toEqual([3, 4, 5]);
    const [first] = actor.heard.flatMap(({ t }, index) => (t === 'message' ? [index] : []));
    expect(actor.heard.findIndex(({ t }) => t === 'joined')).toBeLessThan(first!);
  });

  it('does each frame when the one before is done: the last word about a room wins', async () => {
    const answers: ((allowed: boolean) => void)[] = [];
    const { enter, server } = createWorld({
      authorize: ({ action }) => (action === 'join' ? new Promise((resolve) => answers.push(resolve)) : true),
    });
    const actor = await enter('x');
    await actor.say({ t: 'join', room: 'a', join: 1 });
    await actor.say({ t: 'leave', room: 'a', join: 1 });
    await actor.say({ t: 'join', room: 'b', join: 2 });
    await actor.say({ t: 'join', room: 'b', join: 3 });
    expect(answers).toHaveLength(1);
    for (let turn = 0; turn < 3; turn++) {
      answers.shift()?.(true);
      await settled();
    }
    expect(actor.of('joined').map(({ room, join }) => room + join)).toEqual(['a1', 'b2', 'b3']);
    server.publish('a', '1');
    server.publish('b', '2');
    await settled();
    expect(actor.of('message')).toMatchObject([{ room: 'b', data: 2 }]);
    await actor.say({ t: 'leave', room: 'b', join: 2 }); // an older join's
    server.publish('b', '3');
    await settled();
    expect(actor.of('message')).toHaveLength(2);
  });

  it('does not join for a wire that was lost meanwhile', async () => {
    let allow = (): void => {};
    const { enter, backplane } = createWorld({
      authorize: () => new Promise((resolve) => (allow = () => resolve(true))),
    });
    const actor = await enter('x');
    await actor.say({ t: 'join', room: 'a', join: 1, presence: { x: 1 } });
    actor.session.lost();
    for (let turn = 0; turn < 4; turn++) {
      allow();
      await settled();
    }
    expect((await backplane.members('a')).entries).toEqual([]);
    expect(actor.of('joined')).toEqual([]);
  });

  it('groups what falls into one tick, and makes the text of an event once', async () => {
    const { joined, server } = createWorld();
    const [a, b] = [await joined('a'), await joined('b')];
    const [before] = [a.frames.length];
    for (const n of [1, 2, 3]) server.publish('a', String(n));
    await settled();
    expect(a.frames.slice(before)).toHaveLength(1);
    expect(a.frames.at(-1)).toBe(b.frames.at(-1));
    server.publish('a', '4');
    await settled();
    expect(a.frames.at(-1)).toMatch(/^\{"t":"message"/);
  });

  it('answers a frame of many events with one frame, and at once where one of them takes time', async () => {
    let answer = (): void => {};
    const { joined, advance } = createWorld({
      authorize: ({ action }) => action !== 'history' || new Promise((resolve) => (answer = () => resolve(true))),
    });
    const a = await joined('a');
    const before = a.frames.length;
    await a.say(...[1, 2, 3].map((n) => ({ t: 'publish', room: 'a', id: `m${n}`, data: n }) as const));
    expect(a.frames.length).toBe(before + 1);
    await a.say({ t: 'ping' }, { t: 'history', room: 'a', before: 9, limit: 9, request: 1 });
    await advance(0);
    expect(a.heard.at(-1)).toEqual({ t: 'pong' });
    answer();
    await settled();
    expect(a.heard.at(-1)).toMatchObject({ t: 'history', request: 1 });
  });

  it('answers a ping at once, whatever hangs before it', async () => {
    const { enter, advance } = createWorld({ authorize: () => new Promise(() => {}) });
    const a = await enter('a');
    await a.say({ t: 'join', room: 'a', join: 1 }, { t: 'leave', room: 'b', join: 2 });
    await advance(0);
    await a.raw('{"t":"ping"}');
    expect(a.heard.map(({ t }) => t)).toEqual(['welcome', 'pong']);
  });

  it('takes what is said twice once, also over another wire, and answers with the first place', async () => {
    const { joined, advance } = createWorld();
    const a = await joined('a');
    const other = await joined('b');
    const said = { t: 'publish', room: 'a', id: 'm1', data: 1 } as const;
    await a.say(said, said);
    a.session.lost();
    const again = await joined('a');
    await again.say(said);
    await other.say(said); // the same id of somebody else is another message
    expect(a.of('ack').map(({ offset }) => offset)).toEqual([1, 1]);
    expect(again.last('ack')).toEqual(a.of('ack')[0]);
    expect(other.of('message').map(({ from, offset }) => [from, offset])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await advance(300_000);
    await again.say(said); // the window is over
    expect(again.last('ack').offset).toBe(3);
  });

  it('publishes what a lost wire brought before it was lost', async () => {
    const { joined } = createWorld({ authorize: ({ action }) => action !== 'publish' || Promise.resolve(true) });
    const [a, b] = [await joined('a'), await joined('b')];
    a.session.receive(JSON.stringify([1, 2, 3].map((n) => ({ t: 'publish', room: 'a', id: `m${n}`, data: n }))));
    a.session.lost();
    await settled();
    expect(b.of('message').map(({ data }) => data)).toEqual([1, 2, 3]);
  });

  it('says unavailable where the backplane fails, and goes on', async () => {
    let isDown = false;
    const { joined } = createWorld({
      wrap: (backplane) => ({
        ...backplane,
        publish: (...args) => (isDown ? Promise.reject(new Error('down')) : backplane.publish(...args)),
        subscribe(...args) {
          if (isDown) throw new Error('down');
          return backplane.subscribe(...args);
        },
      }),
    });
    const a = await joined('a');
    isDown = true;
    await a.say({ t: 'publish', room: 'a', id: 'm', data: 1 }, { t: 'join', room: 'b', join: 2 });
    expect(a.of('error')).toMatchObject([
      { code: 'unavailable', room: 'a', id: 'm' },
      { code: 'unavailable', room: 'b', join: 2 },
    ]);
    isDown = false;
    await a.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
    expect(a.last('ack')).toMatchObject({ id: 'm', offset: 1 });
  });

  it('carries bytes as base64, both ways', async () => {
    const { joined, server } = createWorld();
    const a = await joined('a');
    const heard: unknown[] = [];
    server.subscribe('a', ({ payload }) => heard.push(payload));
    await a.say({ t: 'publish', room: 'a', id: 'm', type: 'binary', data: 'AQL/' });
    expect(heard).toEqual([Uint8Array.of(1, 2, 255)]);
    expect(a.last('message')).toMatchObject({ type: 'binary', data: 'AQL/' });
    await a.say({ t: 'publish', room: 'a', id: 'n', type: 'binary', data: 'not base64!' });
    expect(a.last('error')).toMatchObject({ code: 'bad-request', id: 'n' });
  });
});

describe('refusals', () => {
  const inRoom = { room: 'a' };
  it.each<[string, ClientEvent, object]>([
    ['publishing', { t: 'publish', ...inRoom, id: 'm', data: 1 }, { ...inRoom, id: 'm' }],
    ['presence', { t: 'presence', ...inRoom, data: {} }, inRoom],
    ['members', { t: 'members', ...inRoom }, inRoom],
    ['history', { t: 'history', ...inRoom, before: 1, limit: 1, request: 5 }, { ...inRoom, request: 5 }],
  ])('%s without having joined', async (_, event, about) => {
    const { enter, backplane } = createWorld();
    const actor = await enter('x');
    await actor.say(event);
    expect(actor.heard.slice(1)).toMatchObject([{ t: 'error', code: 'not-joined', ...about }]);
    expect([(await backplane.position('a')).offset, (await backplane.members('a')).entries]).toEqual([0, []]);
  });

  it.each([false, 'throws', 'rejects', 'yes'])('asks authorize at each step; %j is no', async (answer) => {
    const refused = new Set<string>();
    const { joined, enter } = createWorld({
      authorize({ action, user, room }) {
        expect([user.id, room]).toEqual(['x', 'a']);
        if (!refused.has(action)) return true;
        if (answer === 'throws') throw new Error('no');
        return answer === 'rejects' ? Promise.reject(new Error('no')) : (answer as boolean);
      },
    });
    const actor = await joined('x');
    for (const action of ['join', 'publish', 'history', 'presence']) refused.add(action);
    await actor.say(
      { t: 'publish', room: 'a', id: 'm', data: 1 },
      { t: 'history', room: 'a', before: 9, limit: 9, request: 1 },
    );
    const other = await enter('x', 'other');
    await other.say({ t: 'join', room: 'a', join: 1 });
    expect(actor.of('error')).toMatchObject([
      { code: 'forbidden', room: 'a', id: 'm' },
      { code: 'forbidden', room: 'a', request: 1 },
    ]);
    expect(other.of('error')).toMatchObject([{ code: 'forbidden', room: 'a', join: 1 }]);
    expect(actor.of('message')).toEqual([]);
  });

  it('counts bytes, not characters', async () => {
    const { joined } = createWorld({ settings: { maxMessageBytes: 300, maxPresenceBytes: 100 } });
    const a = await joined('a');
    await a.say({ t: 'publish', room: 'a', id: 'm', data: '🐎'.repeat(75) }); // 302 bytes, 152 characters
    await a.say({ t: 'presence', room: 'a', data: { x: '🐎'.repeat(25) } });
    expect(a.of('error').map(({ code, id }) => [code, id])).toEqual([
      ['too-large', 'm'],
      ['too-large', undefined],
    ]);
    await a.say({ t: 'publish', room: 'a', id: 'n', data: 'é'.repeat(149) }); // 300
    expect(a.last('ack').id).toBe('n');
  });

  it('lets one leave for another where there are too many rooms', async () => {
    const { joined } = createWorld({ settings: { maxRoomsPerConnection: 1 } });
    const a = await joined('a');
    await a.say({ t: 'join', room: 'b', join: 2 });
    expect(a.last('error')).toMatchObject({ code: 'too-many-rooms', room: 'b', join: 2 });
    await a.say(
      { t: 'join', room: 'a', join: 3 },
      { t: 'leave', room: 'a', join: 3 },
      { t: 'join', room: 'b', join: 4 },
    );
    expect(a.of('joined').map(({ join }) => join)).toEqual([1, 3, 4]);
  });
});

describe('hostile frames', () => {
  it.each<[string, unknown]>([
    ['no type', {}],
    ['a type that is no name', { t: 7 }],
    ['a room that is too long', { t: 'join', room: 'x'.repeat(129), join: 1 }],
    ['a room with a control character', { t: 'join', room: 'a\n', join: 1 }],
    ['a join that is negative', { t: 'join', room: 'a', join: -1 }],
    ['a place without an epoch', { t: 'join', room: 'a', join: 1, since: { offset: 1 } }],
    ['presence that is a list', { t: 'presence', room: 'a', data: [1] }],
    ['presence that is a number', { t: 'join', room: 'a', join: 1, presence: 7 }],
    ['a publish without data', { t: 'publish', room: 'a', id: 'm' }],
    ['an id that is an object', { t: 'publish', room: 'a', id: { toString: 1 }, data: 1 }],
    ['a history of half a message', { t: 'history', room: 'a', before: 1, limit: 0.5, request: 1 }],
  ])('%s: an error, and the rest of the frame counts', async (_, event) => {
    const actor = await createWorld().enter('x');
    await actor.raw(JSON.stringify([event, 7, { t: 'ping' }]));
    expect(actor.of('error').map(({ code }) => code)).toEqual(['bad-request', 'bad-request']);
    expect(actor.of('pong')).toHaveLength(1);
    expect(actor.closed).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'takes %s for a name like any other',
    async (name) => {
      const { joined } = createWorld();
      const nested = JSON.parse(`{"${name}":{"polluted":1}}`) as Record<string, unknown>; // J8
      const actor = await joined(name, name, nested);
      const other = await joined('other', name);
      expect(other.last('members').members).toMatchObject([{ user: name, data: nested }]);
      await actor.say({ t: 'publish', room: name, id: name, data: nested });
      expect(JSON.stringify(other.last('message'))).toContain(`"data":{"${name}":{"polluted":1}}`);
      expect(other.last('message')).toMatchObject({ room: name, id: name, from: name });
      actor.session.bye();
      await settled();
      await other.say({ t: 'members', room: name });
      expect(other.last('members').members).toEqual([]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );

  it('J2, J3: nothing that a client says of itself or others is heard', async () => {
    const { joined } = createWorld();
    const [a, b] = [await joined('a', 'a', { is: 'a' }), await joined('b', 'a', { is: 'b' })];
    const { connection } = a.last('welcome');
    const lie = { user: 'a', from: 'a', connection, entry: { user: 'a', connection, n: 99 }, n: 99, seq: 99 };
    await b.raw(JSON.stringify({ t: 'presence', room: 'a', data: { is: 'liar' }, ...lie }));
    await b.raw(JSON.stringify({ t: 'publish', room: 'a', id: 'm', data: 1, ...lie }));
    await b.raw(JSON.stringify({ t: 'presence', room: 'a', data: null, ...lie }));
    expect(a.last('message').from).toBe('b');
    await a.say({ t: 'members', room: 'a' });
    expect(a.last('members').members).toMatchObject([{ user: 'a', data: { is: 'a' } }]);
  });

  it('bounds what waits, what a frame holds, and how deep it is', async () => {
    const world = createWorld({ authorize: () => new Promise(() => {}) });
    const flood = await world.enter('a');
    await flood.say({ t: 'join', room: 'a', join: 1 }); // hangs
    for (let n = 0; n <= 10_000; n++) flood.session.receive('{"t":"pong"}');
    expect(flood.closed).toEqual([4429]);
    const big = await world.enter('b');
    await big.say({ t: 'join', room: 'a', join: 1 });
    for (let n = 0; n < 5; n++) big.session.receive(' '.repeat(2 ** 20));
    expect(big.closed).toEqual([4429]);
    const many = await world.enter('c');
    await many.raw(`[${'1,'.repeat(10_000)}1]`);
    expect([many.closed, many.of('error').length]).toEqual([[4429], 0]);
    const { joined } = createWorld();
    const deep = await joined('d');
    const nested = '['.repeat(200_000) + ']'.repeat(200_000);
    await deep.raw(`{"t":"publish","room":"a","id":"m","data":${nested}}`);
    await deep.raw(`{"t":"presence","room":"a","data":{"x":${nested}}}`);
    expect(deep.of('error').map(({ code }) => code)).toEqual(['bad-request', 'too-large']);
    await deep.raw(JSON.stringify({ t: 'publish', room: 'a', id: 'n', data: 'x'.repeat(2 ** 20) }));
    expect(deep.last('error')).toMatchObject({ code: 'too-large', id: 'n' });
  });

  it('survives 10,000 random frames, and still works', async () => {
    const random = seededRandom(7);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    const values = [
      null,
      0,
      1,
      -1,
      1e308,
      0.5,
      '',
      'a',
      '__proto__',
      [],
      {},
      { epoch: 'x', offset: 1 },
      true,
      'x'.repeat(200),
    ];
    const types = [
      'join',
      'leave',
      'publish',
      'presence',
      'members',
      'history',
      'ping',
      'pong',
      'auth',
      'hello',
      '__proto__',
    ];
    const fields = [
      'room',
      'join',
      'id',
      'data',
      'since',
      'history',
      'presence',
      'before',
      'limit',
      'request',
      'type',
      'token',
    ];
    const event = (): unknown => ({
      t: pick(types),
      ...(random() < 0.7 ? { room: pick(['a', 'b']), join: 1, id: `m${random()}`, data: { x: 1 } } : {}),
      ...Object.fromEntries([pick(fields), pick(fields)].map((field) => [field, pick(values)])),
    });
    const { enter, joined, server } = createWorld({ authenticate: () => ({ id: 'x' }) });
    let actor = await enter('x');
    for (let n = 0; n < 10_000; n++) {
      const text = JSON.stringify(random() < 0.3 ? [event(), event()] : event());
      actor.session.receive(random() < 0.02 ? text.slice(0, Math.floor(random() * text.length)) : text);
      if (n % 50 === 0) await settled();
      if (actor.closed.length > 0) actor = await enter('x');
    }
    await settled();
    const after = await joined('after', 'fresh');
    await after.say({ t: 'publish', room: 'fresh', id: 'm', data: 1 });
    expect(after.last('ack')).toMatchObject({ offset: 1 });
    expect(server.rooms).toBeLessThan(10);
  });
});
