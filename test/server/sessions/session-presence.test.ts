// The laws of presence that a server keeps (the letters and numbers are theirs), on a manual clock, without sockets.

import { describe, expect, it } from 'vitest';
import { changesOf, createWorld, settled } from './session-world.js';

const show = (data: Record<string, unknown> | null, room = 'a') => ({ t: 'presence', room, data }) as const;

describe('C: one user, many connections', () => {
  it('C8, C9: two entries of one user leave one by one, and the counts are right at every step', async () => {
    const { joined, backplane } = createWorld();
    const [one, two] = [await joined('a', 'a', { n: 1 }, 'one'), await joined('a', 'a', { n: 2 }, 'two')];
    const counts = async (): Promise<[users: number, connections: number]> => {
      const { entries } = await backplane.members('a');
      return [new Set(entries.map(({ user }) => user)).size, entries.length];
    };
    expect(await counts()).toEqual([1, 2]);
    await one.say({ t: 'leave', room: 'a', join: 1 });
    expect(await counts()).toEqual([1, 1]);
    await two.say({ t: 'leave', room: 'a', join: 1 });
    expect(await counts()).toEqual([0, 0]);
  });

  it('C10: a second enter is an update; the same again is nothing', async () => {
    const { joined, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', { x: 1 });
    await advance(20);
    await a.say({ t: 'join', room: 'a', join: 2, presence: { x: 1 } });
    await advance(20);
    await a.say(show({ x: 2 }));
    await advance(20);
    await a.say(show({ x: 2 }));
    await advance(20);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '~a {"x":2}']);
    const { members } = await a.say({ t: 'members', room: 'a' }).then(() => a.last('members'));
    expect(members).toMatchObject([{ n: 2, joinedAt: 1_000_000 }]);
  });

  it('C11: who leaves one room stays in the other, where nobody hears of it', async () => {
    const { joined, advance } = createWorld();
    const [inA, inB] = [await joined('w1', 'a'), await joined('w2', 'b')];
    const a = await joined('a', 'a', {});
    await a.say({ t: 'join', room: 'b', join: 2, presence: {} });
    await advance(20);
    await a.say({ t: 'leave', room: 'a', join: 1 });
    await advance(20);
    expect([changesOf(inA), changesOf(inB)]).toEqual([['+a {}', '-a'], ['+a {}']]);
  });

  it('joining again without presence shows nothing any more', async () => {
    const { joined, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', {});
    await a.say({ t: 'join', room: 'a', join: 2 });
    await advance(20);
    expect(changesOf(watcher)).toEqual(['+a {}', '-a']);
  });
});

describe('D: changes', () => {
  it('D6: a hundred changes at once are a few for others, the last of them among them, in order', async () => {
    const { joined, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', { x: 0 });
    for (let x = 1; x <= 100; x++) {
      await a.say(show({ x }));
      if (x % 10 === 0) await advance(1);
    }
    await advance(20);
    const told = watcher.of('presence');
    expect(told.length).toBeLessThanOrEqual(3);
    expect(changesOf(watcher)).toEqual(['+a {"x":0}', '~a {"x":100}']);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index + 1));
  });

  it('D7: what is shown is exactly what was said, never a part merged into it', async () => {
    const { joined } = createWorld();
    const a = await joined('a', 'a', { x: 1 });
    await a.say(show({ y: 1 }), { t: 'members', room: 'a' });
    expect(a.last('members').members[0]?.data).toEqual({ y: 1 });
  });

  it('D9: too much is refused by itself; joining with it joins, and shows nobody anything', async () => {
    const { joined, advance } = createWorld({ settings: { maxPresenceBytes: 10 } });
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', { x: 'far too long' });
    expect(a.last('joined').room).toBe('a');
    expect(a.last('error')).toEqual({ t: 'error', code: 'too-large', room: 'a', message: expect.any(String) });
    await a.say(show({ x: 1 }));
    await advance(20);
    await a.say(show({ x: 'far too long' }));
    await advance(20);
    expect([changesOf(watcher), a.closed]).toEqual([['+a {"x":1}'], []]);
  });
});

describe('E: order', () => {
  it('E1: enter, change and leave come in that order, also within one tick', async () => {
    const { joined, enter, advance } = createWorld();
    const watchers = [await joined('w1'), await joined('w2')];
    const a = await enter('a');
    await a.say({ t: 'join', room: 'a', join: 1, presence: { x: 1 } }, show({ x: 2 }), {
      t: 'leave',
      room: 'a',
      join: 1,
    });
    await advance(20);
    for (const watcher of watchers) expect(changesOf(watcher)).toEqual(['+a {"x":1}', '~a {"x":2}', '-a']);
  });

  it('E2: who leaves and comes back at once is there', async () => {
    const { joined, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', { x: 1 });
    await a.say(show(null), show({ x: 2 }));
    await advance(20);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a', '+a {"x":2}']);
    const numbers = watcher
      .of('presence')
      .flatMap(({ changes }) => changes.map((change) => ('entry' in change ? change.entry.n : change.n)));
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('E3, E4: nobody hears a message before its sender was seen to enter, nor after it was seen to leave', async () => {
    const { joined, enter, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await enter('a');
    await a.say(
      { t: 'join', room: 'a', join: 1, presence: {} },
      { t: 'publish', room: 'a', id: 'm', data: 1 },
      { t: 'leave', room: 'a', join: 1 },
      { t: 'publish', room: 'a', id: 'n', data: 2 },
    );
    await advance(20);
    // again while an earlier change makes others wait
    await a.say({ t: 'join', room: 'a', join: 2, presence: {} }, { t: 'publish', room: 'a', id: 'o', data: 3 });
    await advance(20);
    expect(
      watcher.heard.flatMap((event) => (event.t === 'message' || event.t === 'presence' ? [event.t] : [])),
    ).toEqual(['presence', 'message', 'presence', 'presence', 'message']);
  });
});

describe('G: ghosts', () => {
  const appearance = async (options = {}) => {
    const world = createWorld(options);
    const watcher = await world.joined('watcher');
    const a = await world.joined('a', 'a', { x: 1 });
    await world.advance(20);
    return { ...world, watcher, a };
  };

  it('G1: bye is at once', async () => {
    const { a, watcher } = await appearance();
    a.session.bye();
    await settled();
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
  });

  it('G1: bye waits for what was said before it, but no longer than the grace for what hangs', async () => {
    let isSlow = false;
    let answer = (): void => {};
    const { a, watcher, advance } = await appearance({
      authorize: () => !isSlow || new Promise<boolean>((resolve) => (answer = () => resolve(true))),
    });
    isSlow = true;
    a.session.receive(JSON.stringify({ t: 'publish', room: 'a', id: 'm', data: 1 }));
    a.session.bye();
    await settled();
    expect(changesOf(watcher)).toEqual(['+a {"x":1}']);
    await advance(5_000);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
    answer();
    await settled();
    expect(watcher.of('message')).toHaveLength(1);
  });

  it('G3: a lost wire has the grace, to the millisecond', async () => {
    const { a, watcher, advance, connections } = await appearance();
    a.session.lost();
    await advance(4_999);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}']);
    await advance(1);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
    expect(connections.size).toBe(1);
  });

  it('G4: back with the key within the grace: one entry, and no leave when the old timer would have fired', async () => {
    const { a, watcher, advance, joined } = await appearance();
    a.session.lost();
    await advance(4_000);
    const back = await joined('a', 'a', { x: 1 });
    expect(back.last('welcome').connection).toBe(a.last('welcome').connection);
    await advance(60_000);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}']);
    expect(back.last('members').members).toHaveLength(1);
    // and the next loss has a grace of its own
    back.session.lost();
    await advance(5_000);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
  });

  it('back with something else to show is an update; a room that is not asked for again is left after the grace', async () => {
    const { a, watcher, advance, joined, enter } = await appearance();
    const inB = await joined('w2', 'b');
    await a.say({ t: 'join', room: 'b', join: 2, presence: { b: 1 } });
    await advance(20);
    a.session.lost();
    const back = await enter('a');
    await back.say({ t: 'join', room: 'a', join: 1, presence: { x: 2 } });
    await advance(4_999);
    expect([changesOf(watcher), changesOf(inB)]).toEqual([['+a {"x":1}', '~a {"x":2}'], ['+a {"b":1}']]);
    await advance(1);
    expect([changesOf(watcher), changesOf(inB)]).toEqual([
      ['+a {"x":1}', '~a {"x":2}'],
      ['+a {"b":1}', '-a'],
    ]);
  });

  it('a wire that returns to be refused shows nothing any more', async () => {
    let allowed = true;
    const { a, watcher, joined } = await appearance({
      authorize: ({ user }: { user: { id: string } }) => user.id !== 'a' || allowed,
    });
    a.session.lost();
    allowed = false;
    const back = await joined('a', 'a', { x: 1 });
    expect(back.last('error').code).toBe('forbidden');
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
  });

  it('G5: without the key two entries, until the old one is out; never a leave of the new one', async () => {
    const { a, watcher, advance, joined } = await appearance();
    a.session.lost();
    const other = await joined('a', 'a', { x: 2 }, 'another key');
    expect(other.last('members').members.map(({ data }) => data)).toEqual([{ x: 1 }, { x: 2 }]);
    await advance(5_000);
    await other.say({ t: 'members', room: 'a' });
    expect(other.last('members').members.map(({ data }) => data)).toEqual([{ x: 2 }]);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '+a {"x":2}', '-a']);
  });

  it('G6, J9: a newer wire takes over; whatever the older one does late changes nothing', async () => {
    const { a, watcher, advance, joined } = await appearance();
    const next = await joined('a', 'a', { x: 1 });
    expect(a.closed).toEqual([4409]);
    a.session.receive(JSON.stringify(show({ x: 'old' })));
    a.session.lost();
    a.session.bye();
    await advance(60_000);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}']);
    expect(next.closed).toEqual([]);
  });

  it('J9: the same key with another user is somebody else', async () => {
    const { a, joined } = await appearance();
    const thief = await joined('thief', 'a', { x: 'thief' }, 'a');
    expect(a.closed).toEqual([]);
    expect(thief.last('welcome').connection).not.toBe(a.last('welcome').connection);
    expect(thief.last('members').members.map(({ user }) => user)).toEqual(['a', 'thief']);
  });

  it('G11: the wall clock jumps, and nobody is thrown out or stays for ever', async () => {
    const { a, watcher, advance, clock } = await appearance({
      authenticate: (token: string) => ({ id: token, expiresInMs: 60_000 }),
    });
    clock.jump(3_600_000);
    await advance(1_000);
    expect([a.closed, changesOf(watcher)]).toEqual([[], ['+a {"x":1}']]);
    a.session.lost();
    clock.jump(-7_200_000);
    await advance(5_000);
    expect(changesOf(watcher)).toEqual(['+a {"x":1}', '-a']);
  });

  it('many coming and going wires leave nothing behind', async () => {
    const { enter, advance, connections, clock, backplane } = createWorld();
    for (let n = 0; n < 200; n++) {
      const actor = await enter(`u${n % 20}`);
      await actor.say({ t: 'join', room: 'a', join: 1, presence: { n } });
      if (n % 3 === 0) actor.session.bye();
      else actor.session.lost();
    }
    await advance(5_000);
    expect([connections.size, (await backplane.members('a')).entries]).toEqual([0, []]);
    await advance(2_000_000);
    expect(clock.pending).toBe(0);
  });
});

describe('J, K: hostile and large', () => {
  it('J4: who may not join enters nothing, and nobody is told', async () => {
    const { joined, advance } = createWorld({ authorize: ({ user }) => user.id !== 'a' });
    const watcher = await joined('watcher');
    const a = await joined('a', 'a', { x: 1 });
    await a.say(show({ x: 1 }));
    await advance(20);
    expect(a.of('error').map(({ code }) => code)).toEqual(['forbidden', 'not-joined']);
    expect(watcher.of('presence')).toEqual([]);
  });

  it('J7: ten thousand enters and leaves are a bounded load for others', async () => {
    const { joined, advance } = createWorld();
    const watcher = await joined('watcher');
    const a = await joined('a');
    for (let n = 0; n < 100; n++) {
      // a second of them
      await a.say(...Array.from({ length: 100 }, (_, index) => show(index % 2 ? null : { n })));
      await advance(10);
    }
    await advance(20);
    const told = watcher.of('presence');
    console.info(`J7: ${told.length} presence events a second for 10,000 enters and leaves`);
    expect(told.length).toBeLessThanOrEqual(61);
    expect(Math.max(...told.map(({ changes }) => changes.length))).toBeLessThanOrEqual(8);
    expect(a.closed).toEqual([]);
  });

  it('J10: who may not see presence hears nothing of it, and cannot enter', async () => {
    const { joined, advance } = createWorld({
      authorize: ({ user, action }) => action !== 'presence' || user.id !== 'viewer',
    });
    const viewer = await joined('viewer', 'a', { x: 1 });
    const a = await joined('a', 'a', { x: 1 });
    await viewer.say(show({ x: 2 }), { t: 'members', room: 'a' });
    await a.say({ t: 'publish', room: 'a', id: 'm', data: 1 });
    await advance(20);
    expect(viewer.heard.map((event) => (event.t === 'error' ? event.code : event.t))).toEqual([
      'welcome',
      'joined',
      'forbidden',
      'forbidden',
      'forbidden',
      'message',
    ]);
    expect(a.last('members').members).toHaveLength(1);
  });

  it('K1: ten thousand members are one answer', async () => {
    const { backplane, joined } = createWorld();
    for (let n = 0; n < 10_000; n++)
      await backplane.enter('a', {
        user: `u${n}`,
        connection: `c${n}`,
        n: 1,
        data: { name: `User ${n}` },
        joinedAt: 0,
      });
    const before = performance.now();
    const a = await joined('a');
    const frame = a.frames.find((each) => each.includes('"members"')) ?? '';
    console.info(`K1: ${frame.length} bytes, ${Math.round(performance.now() - before)} ms with its parsing`);
    expect(a.last('members').members).toHaveLength(10_000);
    expect(frame.length).toBeLessThan(4 * 2 ** 20);
  });

  it('who joins finds itself in the list, and is not told of it again', async () => {
    const { joined, advance } = createWorld();
    const a = await joined('a', 'a', { x: 1 });
    await advance(20);
    expect(a.last('members')).toMatchObject({ seq: 1, members: [{ user: 'a' }] });
    expect(a.of('presence')).toEqual([]);
  });

  it('a wire that is lost while it joins shows nothing, not even for the grace', async () => {
    let answer = (): void => {};
    const { joined, backplane } = createWorld({
      wrap: (plain) => ({
        ...plain,
        latest: (room, limit) => new Promise((resolve) => (answer = () => resolve(plain.latest(room, limit)))),
      }),
    });
    const a = await joined('a', 'a', { x: 1 });
    a.session.lost();
    answer();
    await settled();
    expect((await backplane.members('a')).entries).toEqual([]);
  });

  it('a list that was asked for is never older than the change that came before it', async () => {
    let leave = (): void => {};
    const world = createWorld({
      wrap: (backplane) => ({
        ...backplane,
        async members(room) {
          const members = await backplane.members(room);
          leave();
          await settled();
          return members;
        },
      }),
    });
    const a = await world.joined('a');
    const b = await world.joined('b', 'a', {});
    await world.advance(20);
    leave = () => b.session.bye();
    await a.say({ t: 'members', room: 'a' });
    await settled();
    const at = (type: string): number => a.heard.map(({ t }) => t as string).lastIndexOf(type);
    expect(at('members')).toBeLessThan(at('presence'));
    expect(a.last('presence').seq).toBe(a.last('members').seq + 1);
  });
});
