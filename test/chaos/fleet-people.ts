// Many people as one process, so that a busy test is no slow client: each with the library's own client, and a wire to the next server of a list. Tests nothing.

import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import { createChance } from '../support/seed.js';
import type { Answers, Ask, Look, PeopleSettings } from './fleet-words.js';
import { createPerson, type Person } from './person.js';
import { type Log, scoreOf, type Truth } from './score.js';

const { seed, hosts, people: wanted } = JSON.parse(process.argv[2] ?? '{}') as PeopleSettings;
/** More of one person's are not on their way at once. */
const IN_FLIGHT = 20;
const TICK_MS = 10;
const chance = createChance(seed);

let turn = chance.below(hosts.length);
const next = (): string => hosts[turn++ % hosts.length] ?? '';
/** A balancer that keeps nothing together: each request goes to the next server, and on where one cannot be reached. */
const balanced: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  for (let tries = 1; ; tries++)
    try {
      url.host = next();
      return await fetch(url, init);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
      if (tries >= hosts.length || code !== 'ECONNREFUSED') throw error;
    }
};

const people = wanted.map(({ name, room, way }) => ({
  room,
  person: createPerson({
    ...{ name, room, way, padding: 0, isSeen: true, fetch: balanced },
    url: () => `http://${next()}/realtime`,
    WebSocket: WebSocket as WebSocketConstructor,
    auth: { getToken: () => name },
    from: () => 0, // nothing is said before everybody is there
    heartbeat: { intervalMs: 5_000, timeoutMs: 5_000 },
    connectTimeoutMs: 5_000,
    retry: { minDelayMs: 10, initialDelayMs: 100, maxDelayMs: 1_000 },
  }),
}));

let hushed: readonly string[] = [];
let talking: NodeJS.Timeout | undefined;

function talk(each: number, perSecond: number): void {
  let due = 0;
  let last = performance.now();
  talking = setInterval(() => {
    const now = performance.now();
    // who could not speak for a while does not shout afterwards
    due = Math.min(due + ((now - last) * perSecond) / 1_000, 2 * people.length);
    last = now;
    const left = people.filter(({ person }) => person.log.sent.length < each);
    if (left.length === 0) return clearInterval(talking);
    const free = left.filter(({ room, person }) => !hushed.includes(room) && person.waiting < IN_FLIGHT);
    for (; due >= 1 && free.length > 0; due--) {
      const at = chance.below(free.length);
      const person = free[at]?.person;
      person?.say();
      if (!person || person.waiting >= IN_FLIGHT || person.log.sent.length >= each) free.splice(at, 1);
    }
  }, TICK_MS);
}

function lookAt({ room, person }: { readonly room: string; readonly person: Person }): Look {
  const { name, isJoined, place, waiting, opened, members, log, client } = person;
  const { status, transport, error } = client.connection.getSnapshot();
  return {
    ...{ name, room, isJoined, place, waiting, opened, members },
    ...{ sent: log.sent.length, heard: log.heard.length, gaps: log.gaps.length },
    state: `${status} over ${transport}${error ? ` (${error.message})` : ''}`,
  };
}

function scoreBy(file: string): Answers['score'] {
  const truths = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Truth>>;
  const logsOf = (room: string): readonly Log[] =>
    people.filter((each) => each.room === room).map(({ person }) => person.log);
  return Object.fromEntries(Object.entries(truths).map(([room, truth]) => [room, scoreOf(truth, logsOf(room))]));
}

function answer(question: Ask): Answers[Ask['ask']] {
  switch (question.ask) {
    case 'talk':
      talk(question.each, question.perSecond);
      return null;
    case 'hush':
      hushed = question.rooms;
      return null;
    case 'look':
      return people.map(lookAt);
    case 'score':
      return scoreBy(question.file);
    case 'close':
      clearInterval(talking);
      for (const { person } of people) person.close();
      process.off('disconnect', leave);
      setImmediate(() => process.disconnect?.()); // when the answer has left
      return null;
  }
}

const leave = (): void => void process.exit(); // nobody is there who could end it
process.on('disconnect', leave);
process.on('message', (question: Ask) => void process.send?.(answer(question)));
