// Servers on one Redis and people on them, each a process: what starts, kills, asks and ends them. Chooses no faults.

import type { ChildProcess } from 'node:child_process';
import { type Built, buildProcess } from '../support/built-process.js';
import { freePort } from '../support/loopback.js';
import type { Answers, Ask, Look, NodeSettings, PeopleSettings } from './fleet-words.js';
import type { Way } from './person.js';
import { until } from './until.js';

export interface FleetNode {
  readonly port: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to its exit code when it has ended by itself. */
  stop(): Promise<number | null>;
  /** On the same port. */
  start(): Promise<void>;
}

export interface Crowd {
  ask<A extends Ask>(question: A): Promise<Answers[A['ask']]>;
  /** Resolves to the exit code when it has ended by itself. */
  close(): Promise<number | null>;
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  readonly crowds: readonly Crowd[];
  /** Everybody, of all crowds. */
  look(): Promise<readonly Look[]>;
  /** Whatever still runs is killed. */
  close(): Promise<void>;
}

export interface FleetOptions extends Pick<NodeSettings, 'redis' | 'prefix' | 'history' | 'leaseMs'> {
  readonly seed: number;
  readonly nodes: number;
  readonly people: PeopleSettings['people'];
  readonly crowds: number;
  /** What people come through, if not to the servers themselves. */
  readonly front?: ((ports: readonly number[]) => Promise<{ readonly port: number }>) | undefined;
}

/** No process needs longer, on a busy machine too. */
const LIMIT_MS = 30_000;
const STDIO = ['ignore', 'inherit', 'inherit', 'ipc'] as const;

/** So many in each room, over these ways in turn. */
export function peopleIn(rooms: readonly string[], perRoom: number, ways: readonly Way[]): PeopleSettings['people'] {
  return rooms.flatMap((room, at) =>
    Array.from({ length: perRoom }, (_, index) => {
      const way = ways[(at * perRoom + index) % ways.length] ?? 'ladder';
      return { name: `${room}.${index}`, room, way };
    }),
  );
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));

/** Its exit code; killed, and thrown, where something holds it. */
async function endOf(what: string, child: ChildProcess): Promise<number | null> {
  const end = ended(child);
  try {
    await until(`${what} to end by itself`, () => child.exitCode !== null || child.signalCode !== null, LIMIT_MS);
  } finally {
    child.kill('SIGKILL');
  }
  return end;
}

function createNode(built: Built, settings: NodeSettings, own: Set<ChildProcess>): FleetNode {
  let child: ChildProcess | undefined;
  return {
    port: settings.port,
    async kill() {
      child?.kill('SIGKILL');
      if (child) await ended(child);
    },
    async stop() {
      child?.kill('SIGTERM');
      return child ? endOf('a server', child) : null;
    },
    async start() {
      const started = built.spawn([JSON.stringify(settings)], [...STDIO]);
      own.add(started);
      child = started;
      let isListening = false;
      started.once('message', () => (isListening = true));
      await until('a server to listen', () => isListening || started.exitCode !== null, LIMIT_MS);
      if (!isListening) throw new Error('A server has ended before it listened.');
    },
  };
}

function createCrowd(built: Built, settings: PeopleSettings, own: Set<ChildProcess>): Crowd {
  const child = built.spawn([JSON.stringify(settings)], [...STDIO]);
  own.add(child);
  let last: Promise<unknown> = Promise.resolve();
  const ask: Crowd['ask'] = (question) => {
    // one at a time: the answers come in order
    const now = last.then(
      () =>
        new Promise<never>((resolve, reject) => {
          const gone = (): void => reject(new Error(`People have ended before they answered "${question.ask}".`));
          child.once('exit', gone);
          child.once('message', (answer) => {
            child.off('exit', gone);
            resolve(answer as never);
          });
          child.send(question);
        }),
    );
    last = now.catch(() => {});
    return now;
  };
  return {
    ask,
    async close() {
      await ask({ ask: 'close' });
      return endOf('a crowd', child);
    },
  };
}

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const { seed, people, redis, prefix, history, leaseMs } = options;
  const own = new Set<ChildProcess>();
  const [server, crowd] = await Promise.all(
    ['node', 'people'].map((name) => buildProcess(`test/chaos/fleet-${name}.ts`)),
  );
  if (!server || !crowd) throw new Error('Nothing was built.');
  const close = async (): Promise<void> => {
    for (const child of own) child.kill('SIGKILL');
    await Promise.all([...own].map(ended));
    server.remove();
    crowd.remove();
  };
  try {
    const ports = await Promise.all(Array.from({ length: options.nodes }, () => freePort()));
    const nodes = ports.map((port) => createNode(server, { redis, prefix, history, leaseMs, port }, own));
    await Promise.all(nodes.map((node) => node.start()));
    const targets = options.front ? [(await options.front(ports)).port] : ports;
    const hosts = targets.map((port) => `127.0.0.1:${port}`);
    const crowds = Array.from({ length: options.crowds }, (_, at) =>
      // rooms go across them
      createCrowd(
        crowd,
        { seed: seed + at, hosts, people: people.filter((_who, n) => n % options.crowds === at) },
        own,
      ),
    );
    const look = async (): Promise<readonly Look[]> =>
      (await Promise.all(crowds.map((each) => each.ask({ ask: 'look' })))).flat();
    return { nodes, crowds, look, close };
  } catch (error) {
    await close();
    throw error;
  }
}
