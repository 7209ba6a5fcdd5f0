// A TCP proxy that is every bad network one can think of, by a seed. Loopback only; keeps a bounded number of bytes.

import { createServer, type Server, type Socket } from 'node:net';
import { reset } from './reset.js';
import { createLink, type Ending, type How, type Link, type Side, SIDES, type Traps } from './link.js';
import { calm, type Conditions, type Trap } from './pipe.js';

export type Refusal = 'rst' | '503' | 'silent';

export type Fault =
  | How
  | `${'trap' | 'hold' | 'idle' | 'lifetime' | 'half-open'}`
  | `black-${Side | 'both'}`
  | `refused-${Refusal}`
  | 'slice'
  | 'corrupt';

/** How the network is, and what it does by itself. */
export interface Habits extends Conditions {
  /** What becomes of new links; undefined: they are let through. */
  readonly refuse?: Refusal | undefined;
  /** Of a link over which nothing has passed for so long. Said before it was opened. */
  readonly idle?: { readonly ms: number; readonly how: Ending } | undefined;
  /** Of every link that is opened from now on. */
  readonly lifetime?: { readonly ms: number; readonly how: Ending } | undefined;
}

export interface ChaosProxy {
  readonly port: number;
  /** What was injected, by kind. */
  readonly counts: Readonly<Partial<Record<Fault, number>>>;
  readonly links: number;
  /** Links that were ever asked for. */
  readonly connects: number;
  readonly bytes: Readonly<Record<Side, number>>;
  /** Bytes kept now, and the most that ever were. */
  readonly buffered: { readonly now: number; readonly peak: number };
  /** Counts for open links too, but for `idle` and `lifetime`. */
  set(habits: Partial<Habits>): void;
  /** Breaks one link, by chance, or all. Returns how many. */
  cut(how: How, which?: 'one' | 'all'): number;
  /** The first piece that the trap takes passes in part, and its link is cut. Returns the undo. */
  trap(side: Side, trap: Trap, how?: How, which?: 'one' | 'all'): () => void;
  /** What traps hold passes now. */
  release(): void;
  /** What is said goes nowhere for so long, then the link is reset. */
  hold(ms: number, which?: 'one' | 'all'): number;
  /** Nothing passes; after the returned heal it comes late. `present`: new links are not concerned. */
  blackhole(way: Side | 'both', scope?: 'present' | 'all'): () => void;
  /** The near or the far half of a link is gone, and the other is not told. */
  halfOpen(gone: 'near' | 'far', how?: How, which?: 'one' | 'all'): number;
  /** Ends all links at once. */
  close(): Promise<void>;
}

const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

/** Between whoever connects and `target`. All chance comes from `random`. */
export async function createChaosProxy(target: () => number, random: () => number): Promise<ChaosProxy> {
  const counts: Partial<Record<Fault, number>> = {};
  const bytes = { up: 0, down: 0 };
  const links = new Set<Link>();
  const strays = new Set<Socket>(); // refused, or left of a link that is no more
  const black: Record<Side, number> = { up: 0, down: 0 };
  const traps: Traps = new Map();
  let habits: Habits = calm;
  let peak = 0;
  let connects = 0;

  const count = (fault: Fault, times = 1): void => void (counts[fault] = (counts[fault] ?? 0) + times);
  const buffered = (): number => [...links].reduce((sum, link) => sum + link.buffered, 0);
  const some = (which: 'one' | 'all'): readonly Link[] => {
    const all = [...links];
    const one = all[Math.floor(random() * all.length)];
    return which === 'all' ? all : one ? [one] : [];
  };
  const adopt = (socket: Socket): void => {
    strays.add(socket);
    socket.on('close', () => strays.delete(socket));
    socket.on('error', () => {});
  };
  const refuse = (near: Socket, how: Refusal): void => {
    count(`refused-${how}`);
    adopt(near);
    if (how === 'rst') return reset(near);
    near.resume();
    near.on('end', () => near.end());
    if (how === '503') near.once('data', () => near.end(UNAVAILABLE));
  };
  const watchIdle = (link: Link, idle: NonNullable<Habits['idle']>): void => {
    const leftMs = link.heardAt + idle.ms - performance.now();
    if (leftMs > 0) return link.later(leftMs, () => watchIdle(link, idle));
    count('idle');
    link.end(idle.how);
  };

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    connects++;
    const { refuse: refusal, idle, lifetime } = habits;
    if (refusal) return refuse(near, refusal);
    const link = createLink({
      ...{ near, port: target(), random, black, traps, adopt },
      conditions: () => habits,
      passed(side, sent, slices, spoilt) {
        bytes[side] += sent;
        if (slices > 0) count('slice', slices);
        if (spoilt > 0) count('corrupt', spoilt);
        peak = Math.max(peak, buffered());
      },
      sprung: () => count('trap'),
      over: (ended) => links.delete(ended),
    });
    links.add(link);
    if (idle) watchIdle(link, idle);
    if (lifetime)
      link.later(lifetime.ms, () => {
        count('lifetime');
        link.end(lifetime.how);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pumpAll = (): void => {
    for (const link of links) link.pump();
  };

  return {
    port: (server.address() as { port: number }).port,
    counts,
    bytes,
    get links() {
      return links.size;
    },
    get connects() {
      return connects;
    },
    get buffered() {
      return { now: buffered(), peak };
    },
    set(changed) {
      habits = { ...habits, ...changed };
      pumpAll();
    },
    cut(how, which = 'one') {
      const chosen = some(which);
      for (const link of chosen) link.end(how);
      count(how, chosen.length);
      return chosen.length;
    },
    trap(side, trap, how = 'rst', which = 'all') {
      const holders = which === 'all' ? [traps] : some('one').map((link) => link.traps);
      for (const each of holders) each.set(trap, { side, how });
      return () => {
        for (const each of holders) each.delete(trap);
      };
    },
    release() {
      for (const { held } of links) held.clear();
      pumpAll();
    },
    hold(ms, which = 'one') {
      const chosen = some(which);
      for (const link of chosen) {
        link.end('silence');
        link.later(ms, () => link.end('rst'));
      }
      count('hold', chosen.length);
      return chosen.length;
    },
    blackhole(way, scope = 'all') {
      const places = scope === 'all' ? [black] : [...links].map((link) => link.black);
      const concerned = SIDES.filter((side) => way === 'both' || way === side);
      const add = (one: 1 | -1): void => {
        for (const place of places) for (const side of concerned) place[side] += one;
      };
      add(1);
      count(`black-${way}`);
      let healed = false;
      return () => {
        if (healed) return;
        healed = true;
        add(-1);
        pumpAll();
      };
    },
    halfOpen(gone, how = 'rst', which = 'one') {
      const chosen = some(which);
      for (const link of chosen) link.halve(gone, how);
      count('half-open', chosen.length);
      return chosen.length;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const link of links) link.end('rst');
        for (const socket of strays) socket.destroy();
      }),
  };
}
