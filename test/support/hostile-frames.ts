// Frames of the rooms protocol as somebody who means it badly would write them: valid ones, bent. Says nothing to anybody.

import type { Chance } from './seed.js';

/** What an attacker may have found out. */
export interface Known {
  readonly rooms: readonly string[];
  readonly users: readonly string[];
  readonly keys: readonly string[];
  readonly tokens: readonly string[];
  readonly connections: readonly string[];
}

const text = (value: unknown): string => JSON.stringify(value);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const DEEP = nested(10_000);
const DEEP_OBJECT = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;

// as they would be written, since much of this is no value of JavaScript
const NUMBERS = ['0', '-0', '1', '2', '-1', '0.5', '1e308', '-1e308', '1e999', '9007199254740993', '1e-320'];
const NO_JSON = ['NaN', 'Infinity', '007', "'a'", 'undefined', '"\u0001"', '{"a"}', '"\\x"', ''];
const STRINGS = [
  ...['""', '"a"', '" "', '"__proto__"', '"constructor"', '"toString"', '"../a"', '"..%2fa"', '"room:*"', '"*"'],
  ...['"\\u0000"', '"a\\r\\nevent: forged"', '"\\u0085"', '"\\u2028"', '"\\u202ea"', '"\\ud800"', '"\\udc00a\\ud800"'],
  ...[text('x'.repeat(128)), text('x'.repeat(129)), text('😀'.repeat(128)), text('x'.repeat(10_000))],
];
const OBJECTS = [
  ...['null', 'true', '[]', '[[]]', '[null]', '{}', '{"length":1e9}', '{"toString":1}', '{"toJSON":"x"}'],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"then":1}'],
  ...['{"epoch":"x","offset":1}', '{"epoch":"__proto__","offset":9007199254740991}', '{"epoch":{},"offset":-1}'],
];
/** What only the server says. */
const FORGED = ['from', 'user', 'connection', 'entry', 'n', 'seq', 'at', 'epoch', 'offset', 'joinedAt', 'changes'];
const ODD_NAMES = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'then', 'toJSON', '', '\u0000', 't'];
const ODD_TYPES = ['welcome', 'message', 'ack', 'joined', 'resync', 'close', 'error', '__proto__', 'constructor', ''];

/** Another frame each time. */
export function createHostileFrames({ random, below, pick }: Chance, known: Known): () => string {
  const ids = Array.from({ length: 50 }, (_, n) => `m${n}`);
  const chance = (share: number): boolean => random() < share;
  const odd = (): string => {
    if (chance(0.002)) return pick([DEEP, DEEP_OBJECT, text('y'.repeat(100_000))]);
    if (chance(0.002)) return pick(NO_JSON);
    return pick(pick([NUMBERS, STRINGS, OBJECTS]));
  };
  const room = (): string => text(chance(0.02) ? `new-${below(1e6)}` : pick(known.rooms));
  const count = (): string => text(below(4));
  const place = (): string =>
    chance(0.5) ? pick(OBJECTS) : `{"epoch":${text(pick(['', 'x', 'zzzzzzzz']))},"offset":${pick(NUMBERS)}}`;
  const shown = (): string => (chance(0.3) ? 'null' : `{"name":${text(pick(known.users))},"x":${odd()}}`);
  const id = (): string => text(chance(0.5) ? pick(ids) : `m${below(1e9)}`);

  const valid: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    hello: () => ({ v: '1', key: text(pick(known.keys)), n: count(), token: text(pick(known.tokens)) }),
    auth: () => ({ token: text(pick(known.tokens)) }),
    ping: () => ({}),
    pong: () => ({}),
    bye: () => ({}),
    join: () => ({ room: room(), join: count(), since: place(), history: pick(NUMBERS), presence: shown() }),
    leave: () => ({ room: room(), join: count() }),
    publish: () => ({ room: room(), id: id(), data: odd(), type: pick(['"message"', '"binary"', '"x"', odd()]) }),
    presence: () => ({ room: room(), data: shown() }),
    members: () => ({ room: room() }),
    history: () => ({ room: room(), before: pick(NUMBERS), limit: pick(NUMBERS), request: count() }),
  };
  // joins and what is said in rooms more often than what ends everything
  const rare = ['hello', 'auth', 'bye', 'ping', 'pong'];
  const often = Object.keys(valid).filter((type) => !rare.includes(type));

  const event = (type = chance(0.03) ? pick(rare) : pick(often)): string => {
    const fields = Object.entries({ t: text(type), ...(valid[type] ?? valid['ping'])?.() });
    const bends = chance(0.5) ? 0 : 1 + below(3);
    for (let bend = 0; bend < bends; bend++) {
      const at = below(fields.length);
      const name = fields[at]?.[0] ?? '';
      const way = below(5);
      if (way === 0 && fields.length > 1) fields.splice(at, 1);
      else if (way === 1) fields[at] = [name, odd()];
      else if (way === 2)
        fields.push([pick(FORGED), pick([text(pick(known.users)), text(pick(known.connections)), odd()])]);
      else if (way === 3) fields.push([chance(0.5) ? name : pick(ODD_NAMES), odd()]); // the same name twice, too
      else if (chance(0.3)) fields[0] = ['t', chance(0.5) ? text(pick(ODD_TYPES)) : odd()];
    }
    return `{${fields.map(([name, value]) => `${text(name)}:${value}`).join()}}`;
  };
  const many = (length: number, one: () => string): string => `[${Array.from({ length }, one).join()}]`;
  const torn = (frame: string): string => {
    const at = below(frame.length);
    return (
      frame.slice(0, at) + (chance(0.5) ? '' : pick(['"', '}', '\u0000', '\ud800', '\ufeff', '[']) + frame.slice(at))
    );
  };

  return () => {
    if (chance(0.0003))
      return many(pick([9_999, 10_000, 10_001]), () => pick(['{"t":"pong"}', '1', '{}', '{"t":"ping"}']));
    if (chance(0.0003)) return many(2_000, () => event());
    if (chance(0.002))
      return pick([DEEP, '', 'null', '7', '"{}"', '[]', '[[{"t":"ping"}]]', '\ufeff{"t":"ping"}', '{}{}']);
    const frame = chance(0.2) ? many(1 + below(5), () => event()) : event();
    return chance(0.003) ? torn(frame) : frame;
  };
}
