// A chaos run's world: a server, people on every way to it, and the proxy between them. Chooses no faults.

import { WebSocket } from 'ws';
import type { RealtimeClientOptions } from '../../src/client/realtime-client.js';
import type { WebSocketConstructor } from '../../src/transport/web-socket.js';
import { createChance, type Chance } from '../support/seed.js';
import { createFarEnd, type FarEnd, type FarEndOptions } from './far-end.js';
import { createPerson, type Person, type Way } from './person.js';
import { type ChaosProxy, createChaosProxy } from './proxy.js';
import { type Score, scoreOf } from './score.js';
import { after, until } from './until.js';
import { ROOM } from './what.js';

export interface ArenaOptions
  extends Partial<FarEndOptions>, Pick<RealtimeClientOptions, 'heartbeat' | 'retry' | 'connectTimeoutMs' | 'fallback'> {
  readonly seed: number;
  /** One person each. */
  readonly ways: readonly Way[];
  /** Default 80. */
  readonly rttMs?: number | undefined;
  /** Another server than the one in this process. */
  readonly serve?: ((options: FarEndOptions) => Promise<FarEnd>) | undefined;
  /** Something between the proxy and the server. */
  readonly behind?: ((port: number) => Promise<{ readonly port: number; close(): Promise<void> }>) | undefined;
}

/** Messages in a second: of the server, and of each person. */
export interface Rates {
  readonly down: number;
  readonly up: number;
}

export interface Load {
  /** Until so much was said as the rates make of the time. */
  readonly done: Promise<void>;
  /** The rates hold up to now and no longer. */
  stop(): void;
  /** How often somebody had to wait, for too many of theirs were on the way. */
  readonly held: number;
}

export interface Arena {
  readonly seed: number;
  readonly chance: Chance;
  readonly proxy: ChaosProxy;
  readonly far: FarEnd;
  readonly people: readonly Person[];
  readonly beatMs: number;
  talk(rates: Rates): Load;
  /** The server dies, and is back after so long. */
  restart(downMs: number, keep: boolean): Promise<void>;
  /** Everybody is where the server is, and all that was sent is settled. */
  settle(limitMs?: number): Promise<void>;
  score(): Score;
  close(): Promise<void>;
}

/** More of one person's are not on their way at once: a client takes a thousand. */
const MOST_WAITING = 900;
const INTERVAL_MS = 400;
const TIMEOUT_MS = 600;

export async function createArena(options: ArenaOptions): Promise<Arena> {
  const {
    seed,
    ways,
    rttMs = 80,
    history = 100_000,
    padding = 0,
    tls,
    heartbeatMs = 2_000,
    maxBufferedBytes,
  } = options;
  const chance = createChance(seed);
  const far = await (options.serve ?? createFarEnd)({ history, padding, tls, heartbeatMs, maxBufferedBytes });
  const between = await options.behind?.(far.port);
  const proxy = await createChaosProxy(() => between?.port ?? far.port, chance.random);
  proxy.set({ delayMs: rttMs / 2, jitterMs: rttMs / 20 });
  const secured = function secured(url: string, protocols?: string | string[]) {
    return new WebSocket(url, protocols, { rejectUnauthorized: false });
  };
  const people = ways.map((way, index) =>
    createPerson({
      ...{ name: `${way}-${index}`, way, room: ROOM, padding },
      url: `${tls ? 'https' : 'http'}://127.0.0.1:${proxy.port}/realtime`,
      WebSocket: tls ? (secured as unknown as WebSocketConstructor) : (WebSocket as WebSocketConstructor),
      from: () => far.truth.applied.length,
      heartbeat: options.heartbeat ?? { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS },
      retry: options.retry ?? { minDelayMs: 5, initialDelayMs: 50, maxDelayMs: 400 },
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      ...(options.fallback ? { fallback: options.fallback } : {}),
    }),
  );
  const close = async (): Promise<void> => {
    for (const person of people) person.close();
    await proxy.close();
    await between?.close();
    await far.close();
  };
  const isThere = ({ place, isJoined, waiting }: Person): boolean =>
    isJoined && waiting === 0 && place?.epoch === far.place.epoch && place.offset === far.place.offset;
  try {
    await until('everybody in the room', () => people.every(({ isJoined }) => isJoined), 20_000);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    ...{ seed, chance, proxy, far, people, beatMs: INTERVAL_MS + TIMEOUT_MS },
    talk({ down, up }) {
      const started = performance.now();
      const said = new Map<Person | FarEnd, number>([far, ...people].map((each) => [each, 0]));
      let endsAt = Infinity;
      let held = 0;
      let finish!: () => void;
      const done = new Promise<void>((resolve) => (finish = resolve));
      const timer = setInterval(() => {
        const seconds = (Math.min(performance.now(), endsAt) - started) / 1_000;
        let open = false;
        for (const [who, count] of said) {
          const due = Math.floor(seconds * ('say' in who ? up : down));
          let now = count;
          for (; now < due; now++)
            if (!('say' in who)) who.publish();
            else if (who.waiting < MOST_WAITING) who.say();
            else break;
          if (now < due) held++;
          open ||= now < due;
          said.set(who, now);
        }
        if (endsAt === Infinity || open) return;
        clearInterval(timer);
        finish();
      }, 5);
      return {
        done,
        stop: () => void (endsAt = Math.min(endsAt, performance.now())),
        get held() {
          return held;
        },
      };
    },
    async restart(downMs, keep) {
      proxy.set({ refuse: 'rst' });
      proxy.cut('rst', 'all');
      await far.kill();
      await after(downMs);
      await far.start(keep);
      proxy.set({ refuse: undefined });
    },
    async settle(limitMs = 30_000) {
      await until('everybody to have everything', () => people.every(isThere), limitMs);
      await after(2 * rttMs + 50); // what comes twice comes now
    },
    score: () =>
      scoreOf(
        far.truth,
        people.map(({ log }) => log),
      ),
    close,
  };
}
