// Who may come in: so many at once, so many from one address, and how fast. Lets nobody in itself.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.js';
import { createBuckets } from '../buckets.js';
import { createCounts } from '../counts.js';
import type { Limits, LimitOptions } from './limits.js';
import type { Refusal } from './query.js';

export interface Gate {
  /** Something that is over with its answer. */
  knock(request: IncomingMessage): Refusal | undefined;
  /** Something that stays, until what is returned is called: once counts. */
  enter(request: IncomingMessage): (() => void) | Refusal;
  /** The same, until that socket is closed: without a function for each, for they are many. */
  enterWith(socket: Duplex, request: IncomingMessage): Refusal | undefined;
  /** Whence a request comes. */
  addressOf(request: IncomingMessage): string | undefined;
  /** What is held at the moment, for the tests: connections, and the addresses that are remembered. */
  readonly size: { readonly connections: number; readonly addresses: number };
}

export const isRefusal = (found: (() => void) | Refusal): found is Refusal => typeof found === 'object';

/** Whence a socket came that is inside. */
const PLACE = Symbol('place');
interface Placed extends Duplex {
  [PLACE]?: string | undefined;
}

/** One household or machine: of IPv6 it has a /64 at least, and takes another address of it whenever it likes. */
export function neighbourhoodOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}

export function createGate(limits: Limits, given: LimitOptions['addressOf'], clock: Clock): Gate {
  const { maxConnections, maxConnectionsPerAddress, connectRateLimit } = limits;
  const knocks = createBuckets(clock, connectRateLimit);
  const held = createCounts();
  let connections = 0;

  const addressOf = (request: IncomingMessage): string | undefined =>
    given ? given(request) : request.socket.remoteAddress;
  const placeOf = (request: IncomingMessage): string | undefined | Refusal => {
    try {
      const address = addressOf(request);
      return typeof address === 'string' ? neighbourhoodOf(address) : undefined;
    } catch (cause) {
      // whoever can make it throw would have no limit
      return { status: 503, reason: 'Nobody can tell where this comes from.', cause };
    }
  };
  const tooFast = (place: string | undefined): Refusal | undefined => {
    if (place === undefined) return undefined;
    const bucket = knocks.of(place);
    if (bucket.tokens < 1) return { status: 429, reason: 'Too much from this address (connectRateLimit).' };
    bucket.spend(1);
    return undefined;
  };
  /** Whoever is let in counts until it is released. */
  const admit = (request: IncomingMessage): string | undefined | Refusal => {
    const place = placeOf(request);
    if (typeof place === 'object') return place;
    const refusal = tooFast(place);
    if (refusal) return refusal;
    if (connections >= maxConnections)
      return { status: 503, reason: 'No place for another connection (maxConnections).' };
    if (place !== undefined && held.of(place) >= maxConnectionsPerAddress)
      return { status: 429, reason: 'Too many connections from this address (maxConnectionsPerAddress).' };
    connections++;
    if (place !== undefined) held.add(place, 1);
    return place;
  };
  const release = (place: string | undefined): void => {
    connections--;
    if (place !== undefined) held.add(place, -1);
  };
  function releaseSocket(this: Placed): void {
    release(this[PLACE]);
  }
  return {
    addressOf,
    knock(request) {
      const place = placeOf(request);
      return typeof place === 'object' ? place : tooFast(place);
    },
    enter(request) {
      const place = admit(request);
      if (typeof place === 'object') return place;
      let inside = true;
      return () => {
        if (inside) release(place);
        inside = false;
      };
    },
    enterWith(socket: Placed, request) {
      const place = admit(request);
      if (typeof place === 'object') return place;
      socket[PLACE] = place;
      socket.on('close', releaseSocket);
      return undefined;
    },
    get size() {
      return { connections, addresses: held.size };
    },
  };
}
