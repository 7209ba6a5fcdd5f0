// One link through the proxy: two sockets, a pipe each way, and how it ends. Chooses nothing by itself.

import { connect, type Socket } from 'node:net';
import { reset } from './reset.js';
import { type Conditions, createPipe, type Pipe, type Trap } from './pipe.js';

export type Side = 'up' | 'down';
export type How = 'rst' | 'fin';
/** `silence`: from now on nothing passes, and nobody is told, as with a NAT that has forgotten. */
export type Ending = How | 'silence';
export type Traps = Map<Trap, { readonly side: Side; readonly how: How }>;

export const SIDES: readonly Side[] = ['up', 'down'];

export interface Link {
  /** How many black holes it is in, by direction. */
  readonly black: Record<Side, number>;
  readonly traps: Traps;
  /** Directions in which a trap holds everything. */
  readonly held: Set<Side>;
  readonly buffered: number;
  /** When a byte last passed. */
  readonly heardAt: number;
  pump(): void;
  /** Runs unless the link has ended by then. */
  later(ms: number, run: () => void): void;
  end(how: Ending): void;
  /** One half is gone, the other is not told: what it says goes into the void. */
  halve(gone: 'near' | 'far', how: How): void;
}

export interface LinkParts {
  readonly near: Socket;
  readonly port: number;
  readonly random: () => number;
  readonly conditions: () => Conditions;
  /** Those of all links. */
  readonly black: Readonly<Record<Side, number>>;
  readonly traps: Traps;
  readonly passed: (side: Side, bytes: number, slices: number, spoilt: number) => void;
  readonly sprung: () => void;
  readonly over: (link: Link) => void;
  /** Takes a socket that belongs to no link, and destroys it at the end. */
  readonly adopt: (socket: Socket) => void;
}

export function createLink(parts: LinkParts): Link {
  const { near, random, conditions, adopt } = parts;
  const far = connect({ port: parts.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const timers = new Set<NodeJS.Timeout>();
  const black = { up: 0, down: 0 };
  const traps: Traps = new Map();
  const held = new Set<Side>();
  let heardAt = performance.now();
  let over = false;

  const forget = (): boolean => {
    if (over) return false;
    over = true;
    for (const pipe of pipes) pipe.stop();
    for (const timer of timers) clearTimeout(timer);
    parts.over(link);
    return true;
  };
  const finish = (socket: Socket, how: How): void => {
    if (how === 'rst') return reset(socket);
    adopt(socket);
    socket.on('end', () => socket.destroy());
    socket.resume();
    socket.end();
  };
  const end = (how: Ending): void => {
    if (how === 'silence') for (const side of SIDES) black[side]++;
    else if (forget()) for (const socket of [near, far]) finish(socket, how);
  };
  const pipe = (side: Side, from: Socket, to: Socket): Pipe => {
    let how: How = 'rst';
    return createPipe({
      ...{ from, to, random, conditions },
      isBlack: () => black[side] + parts.black[side] > 0 || held.has(side),
      springs(piece) {
        for (const group of [traps, parts.traps])
          for (const [trap, wanted] of group) {
            const allowed = wanted.side === side ? trap(piece) : undefined;
            if (allowed === undefined) continue;
            group.delete(trap);
            how = wanted.how;
            if (allowed === 'hold') held.add(side);
            return allowed;
          }
        return undefined;
      },
      passed(bytes, slices, spoilt) {
        heardAt = performance.now();
        parts.passed(side, bytes, slices, spoilt);
      },
      sprung() {
        parts.sprung();
        end(how);
      },
    });
  };
  const pipes = [pipe('up', near, far), pipe('down', far, near)];
  for (const socket of [near, far]) {
    socket.on('error', () => {});
    socket.on('close', () => void (near.destroyed && far.destroyed && forget()));
  }

  const link: Link = {
    black,
    traps,
    held,
    get buffered() {
      return pipes.reduce((sum, { buffered }) => sum + buffered, 0);
    },
    get heardAt() {
      return heardAt;
    },
    pump() {
      for (const each of pipes) each.pump();
    },
    later(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
    },
    end,
    halve(gone, how) {
      if (!forget()) return;
      const [dead, left] = gone === 'near' ? [near, far] : [far, near];
      adopt(left);
      left.resume();
      left.on('end', () => left.end());
      finish(dead, how);
    },
  };
  return link;
}
