// A server that means it badly, or is broken: its events, bent in any way, throw nowhere, and no state is anything that its type is not.

import { afterEach, expect, test, vi } from 'vitest';
import type { ServerEvent } from '../../src/protocol/rooms-frames.js';
import { type Chance, createChance, firstSeed } from '../support/seed.js';
import { createRoomsWorld, ME, messageFrame, type RoomsWorld } from './rooms-world.js';

const RUNS = Number(process.env['WALK_RUNS'] ?? 60);

afterEach(() => vi.unstubAllGlobals());

const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
// as they are written, since much of this is no value of JavaScript
const ODD = [
  ...['null', 'true', '0', '-1', '0.5', '1e999', '9007199254740991', '9007199254740993', '""', '"a"', '"__proto__"'],
  ...['[]', '[[]]', '[null]', '{}', '{"__proto__":{"polluted":1}}', '{"toString":1}', '{"then":1}', '{"length":1e9}'],
  ...['"\\u0000"', '"a\\nb"', '"\\ud800"', JSON.stringify('x'.repeat(129)), JSON.stringify('x'.repeat(20_000))],
  ...[deep(5_000), '{"epoch":"e1","offset":3}', '{"epoch":null,"offset":-1}', '{"id":"me"}', '{"id":null}'],
];
const CODES = ['forbidden', 'unavailable', 'rate-limited', 'not-joined', 'too-large', '__proto__', 'toString', ''];

/** Events that could be, each as JSON by field. */
function createTalk({ below, pick }: Chance, world: RoomsWorld) {
  const text = (value: unknown): string => JSON.stringify(value) ?? 'null';
  const room = (): string => text(pick(['a', 'a', 'a', 'b', 'nobody', 'a\u0000', '__proto__']));
  const count = (): string => text(below(12));
  const user = (): string => text(pick([ME, 'you', 'she']));
  const entry = (): string =>
    `{"user":${user()},"connection":${text(pick([`${ME}/1`, 'c1', 'c2']))},"n":${count()},"data":${odd({})},"joinedAt":1}`;
  const odd = (fine: unknown): string => (below(12) === 0 ? pick(ODD) : text(fine));
  const message = (): string => JSON.stringify(messageFrame(below(12), { from: pick([ME, 'you']) }));
  const some = (make: () => string): string => `[${Array.from({ length: below(4) }, make).join()}]`;
  const change = (): string =>
    below(2) === 0
      ? `{"op":${text(pick(['enter', 'update', 'move']))},"entry":${entry()}}`
      : `{"op":"leave","user":${user()},"connection":"c1","n":${count()}}`;
  const id = (): string => text(pick(['m1', 'mine1', 'mine2', '']));
  const answered = (t: string, field: string): string => text(world.said(t).at(-1)?.[field]);
  const kinds: Readonly<Record<ServerEvent['t'], () => Readonly<Record<string, string>>>> = {
    welcome: () => ({
      ...{ v: '1', user: `{"id":${user()}}`, connection: '"c9"', heartbeatMs: '25000' },
      limits: `{"maxMessageBytes":${odd(1_000)},"maxPresenceBytes":${odd(1_000)},"dedupeMs":${odd(1)},"maxRooms":1,"history":${odd(9)}}`,
    }),
    authed: () => ({ expiresInMs: odd(60_000) }),
    ping: () => ({}),
    pong: () => ({}),
    joined: () => ({
      ...{ room: '"a"', join: answered('join', 'join'), epoch: text(pick(['e1', 'e2'])), offset: count() },
      ...{ messages: some(message), more: odd(true), gap: pick(['null', '{}', '{"reason":"expired","missed":null}']) },
    }),
    message: () => ({ room: room(), ...fieldsOf(message()) }),
    ack: () => ({ room: room(), id: id(), epoch: '"e1"', offset: count(), at: odd(1) }),
    error: () => ({
      ...{ room: room(), code: text(pick(CODES)), message: '"no"', retryAfterMs: odd(100) },
      ...pick([{}, { id: id() }, { join: answered('join', 'join') }, { request: answered('history', 'request') }]),
    }),
    members: () => ({ room: room(), seq: count(), members: some(entry) }),
    presence: () => ({ room: room(), seq: count(), changes: some(change) }),
    history: () => ({
      ...{ room: room(), request: answered('history', 'request'), messages: some(message), more: odd(false) },
    }),
    resync: () => ({ room: room() }),
    close: () => ({ code: odd(1_000), reason: odd('no') }),
  };
  const fieldsOf = (json: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(JSON.parse(json) as object).map(([name, value]) => [name, text(value)]));
  const names = Object.keys(kinds) as ServerEvent['t'][];
  const event = (): string => {
    let t = pick(names);
    if ((t === 'close' || t === 'welcome') && below(4) > 0) t = 'message';
    const fields: Record<string, string> = { t: text(t), ...kinds[t]() };
    const name = pick(Object.keys(fields));
    const act = below(10);
    if (act === 0) delete fields[name];
    else if (act === 1) fields[name] = pick(ODD);
    else if (act === 2) fields[pick(['__proto__', 'constructor', 'then', 'toJSON'])] = pick(ODD);
    return `{${Object.entries(fields)
      .map(([key, value]) => `${text(key)}:${value}`)
      .join()}}`;
  };
  return (): string => {
    const act = below(40);
    if (act === 0) return pick([...ODD, '', '{', 'undefined']);
    if (act === 1) return `[[${event()}],${pick(ODD)},${event()}]`;
    const one = event();
    return act < 8 ? `[${one},${event()},${one}]` : one;
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
function faultsOf({ client }: RoomsWorld): readonly string[] {
  const { status, self, members, messages, cursor, gap, count } = client.room('a').getSnapshot();
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => void (holds || faults.push(what));
  must(/^(idle|joining|joined|rejoining|denied|left)$/.test(status), `status ${status}`);
  must(self.user === null || isText(self.user), 'self');
  must(members instanceof Map, 'members');
  for (const [id, member] of members) must(isText(id) && member.id === id, `member ${id}`);
  for (const each of messages) {
    must(isText(each.id) && isText(each.type), 'a message');
    must(each.from === null || isText(each.from), `from ${String(each.from)}`);
    must(each.offset === null || isCount(each.offset), `offset ${String(each.offset)}`);
    must(/^(pending|sent|failed)$/.test(each.state), 'state');
    must(each.at == null || Number.isFinite(each.at), `at ${JSON.stringify(each.at)?.slice(0, 40)}`);
  }
  must(cursor === null || (isText(cursor.epoch) && isCount(cursor.offset)), 'cursor');
  must(gap === null || /^(expired|epoch|lost)$/.test(gap.reason), `gap ${JSON.stringify(gap)}`);
  must(gap?.missed == null || isCount(gap.missed), `gap ${JSON.stringify(gap)}`);
  must(isCount(count), 'count');
  const { connection, user } = client.getSnapshot();
  must(isCount(connection.queued), 'queued');
  must(user === null || isText(user.id), 'user');
  must(({} as { readonly polluted?: unknown }).polluted === undefined, 'polluted');
  return faults;
}

test('bent events throw nowhere and leave every state what its type says; a decent server finds all well', async () => {
  const thrown: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => void thrown.push(error));
  const first = firstSeed();
  for (let seed = first; seed < first + RUNS; seed++) {
    const chance = createChance(seed);
    const { below } = chance;
    const world = createRoomsWorld({ presenceThrottleMs: 0 });
    const room = world.client.room('a');
    room.subscribe(() => {});
    room.enter({ name: 'me' });
    const next = createTalk(chance, world);
    let heard = '';
    const look = (when: string): void =>
      expect({ seed, when, heard: heard.slice(0, 2_000), faults: faultsOf(world), thrown }).toEqual({
        ...{ seed, when, heard: heard.slice(0, 2_000), faults: [], thrown: [] },
      });
    const greet = async (): Promise<void> => {
      for (let tries = 0; !world.far.last.live && tries < 100; tries++) {
        world.client.connect();
        world.host.clock.advance(1_000);
        await world.settle();
      }
      world.welcome();
      await world.settle();
    };
    await greet();
    for (let step = 0; step < 80; step++) {
      if (!world.far.last.live) await greet();
      if (below(10) === 0 && world.said('join').length > 0) world.joined('a', { offset: below(9) });
      const wire = world.far.last;
      wire.accept();
      heard = next();
      wire.frame(heard);
      look('told');
      if (below(10) === 0) room.send({ step }, { id: `mine${below(3)}`, timeoutMs: 5_000 });
      if (below(20) === 0) void room.loadOlder(5).catch(() => {});
      if (below(10) === 0) room.updatePresence({ step });
      if (below(4) === 0) world.host.clock.advance(below(2_000));
      await world.settle();
      look('later');
    }
    // whatever it was told: on a new wire, before a decent server, the room is joined and heard
    world.far.last.drop({ code: 1006 });
    await greet();
    for (let tries = 0; tries < 30 && room.getSnapshot().status !== 'joined'; tries++) {
      if (room.getSnapshot().status === 'denied') room.subscribe(() => {});
      await world.settle();
      if (world.said('join').length > 0) world.joined('a', { epoch: 'new', offset: 1, messages: [messageFrame(1)] });
      await world.settle();
      world.host.clock.advance(10_000);
    }
    world.tell({ t: 'message', room: 'a', ...messageFrame(2, { id: 'last', data: 'well' }) });
    look('at the end');
    expect([seed, room.getSnapshot().status]).toEqual([seed, 'joined']);
    expect([seed, room.getSnapshot().messages.map(({ data }) => data)]).toEqual([
      seed,
      expect.arrayContaining(['well']),
    ]);
  }
});
