// A TCP proxy that breaks links at the worst moments: inside a frame, between an effect and its answer. Loopback only.

import { createServer, connect, type Server, type Socket } from 'node:net';

/**
 * `now`: reset at once. `mid-down`, `mid-up`: a part of the next piece passes, then reset. `unheard`: the next piece goes
 * up, and what comes back is swallowed, then reset: the far end did what it was asked, and nobody hears of it.
 */
export type Cut = 'now' | 'mid-down' | 'mid-up' | 'unheard';

export interface CuttingProxy {
  readonly port: number;
  /** Links that were broken so far, by kind. */
  readonly cuts: Readonly<Record<Cut, number>>;
  readonly links: number;
  /** Breaks one of the links, or makes it break at its next piece. */
  cut(kind: Cut): void;
  /** Breaks all of them. */
  cutAll(): void;
  close(): Promise<void>;
}

export async function createCuttingProxy(target: () => number, random: () => number): Promise<CuttingProxy> {
  interface Link {
    readonly near: Socket;
    readonly far: Socket;
    doom: Cut | undefined;
    wentUp: boolean;
  }
  const links = new Set<Link>();
  const cuts: Record<Cut, number> = { now: 0, 'mid-down': 0, 'mid-up': 0, unheard: 0 };

  const breakLink = (link: Link, kind: Cut): void => {
    if (!links.delete(link)) return;
    cuts[kind]++;
    link.near.resetAndDestroy();
    link.far.resetAndDestroy();
  };
  const part = (piece: Buffer): Buffer => piece.subarray(0, Math.floor(random() * piece.length));

  const server: Server = createServer((near) => {
    const far = connect(target(), '127.0.0.1');
    const link: Link = { near, far, doom: undefined, wentUp: false };
    links.add(link);
    const over = (): void => {
      links.delete(link);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', over);
      socket.on('close', over);
    }
    near.on('data', (piece: Buffer) => {
      if (link.doom !== 'mid-up') {
        link.wentUp = true;
        return void far.write(piece);
      }
      far.write(part(piece), () => breakLink(link, 'mid-up'));
    });
    far.on('data', (piece: Buffer) => {
      if (link.doom === 'unheard' && link.wentUp) return breakLink(link, 'unheard');
      if (link.doom !== 'mid-down') return void near.write(piece);
      near.write(part(piece), () => breakLink(link, 'mid-down'));
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as { port: number }).port,
    cuts,
    get links() {
      return links.size;
    },
    cut(kind) {
      const all = [...links].filter(({ doom }) => doom === undefined);
      const link = all[Math.floor(random() * all.length)];
      if (!link) return;
      if (kind === 'now') return breakLink(link, 'now');
      link.doom = kind;
      link.wentUp = false;
    },
    cutAll() {
      for (const link of links) breakLink(link, 'now');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const link of links) breakLink(link, 'now');
      }),
  };
}
