// Several connections as one: which of them carries what, and what the whole of them is. Names no transport.

import { createCell } from '../base/cell.js';
import { createSignal } from '../base/signal.js';
import { whole } from '../base/whole.js';
import type { Data } from '../transport/transport.js';
import { type Connection, type ConnectionParts, createConnection } from './connection.js';
import type { Delivery, Receipt, SendOptions } from './delivery.js';
import { type Notice, restingState } from './status.js';
import { isAlive, wholeState } from './whole-state.js';

export interface PoolOptions {
  /** How many connections. */
  readonly size: number;
  /** Who carries what has no key: each in its turn, or the one that holds the fewest bytes. Default 'round-robin'. */
  readonly policy?: 'round-robin' | 'least-buffered' | undefined;
}

export interface BalancedParts<E, C> extends ConnectionParts<E, C>, PoolOptions {}

/** Keys that are told apart; two that are not share a connection. */
const SLOTS = 256;

/**
 * Several connections to one far end that takes them as one. What waits for a connection that broke goes to another one;
 * what has left on it does not. Sends with the same key go over the same connection while it is open.
 */
export function balanced<E, C>({ size, policy, ...parts }: BalancedParts<E, C>): Connection<E, C> {
  interface Waiting {
    readonly data: Data;
    readonly options: SendOptions;
    readonly expiresAt: number;
    readonly settle: (receipt: Receipt) => void;
    member: Connection<E, Data>;
    delivery: Delivery;
  }
  const { protocol, options, host } = parts;
  const events = createSignal<E>();
  const notices = createSignal<Notice>();
  const state = createCell(restingState);
  const members = Array.from({ length: whole(size) || 1 }, () =>
    createConnection<E, Data>({
      ...parts,
      // encoded once, in the caller's stack: what moves is what was sent
      protocol: {
        encode: (data) => data,
        get group() {
          return protocol.group;
        },
        ping: () => protocol.ping(),
        start: (sink) => protocol.start(sink),
      },
    }),
  );
  const waiting = new Set<Waiting>();
  const slots = new Map<number, Connection<E, Data>>();
  let turn = 0;
  let wanted = false;
  let moving = false;
  let dirty = false;
  let announced = false; // they were told that it is open, and of no close since
  let greeted = false; // what they sent at that word has left: now what waited may
  let hadOpen = false;

  const isOpen = (member: Connection<E, Data>): boolean => member.getSnapshot().status === 'open';
  const mayOpen = (member: Connection<E, Data>): boolean => isAlive(member.getSnapshot());
  /** Something waits there that could leave, or at least wait, elsewhere. */
  const isStuck = (member: Connection<E, Data>): boolean =>
    member.getSnapshot().queued > 0 &&
    !isOpen(member) &&
    (mayOpen(member) ? greeted && members.some(isOpen) : members.some(mayOpen));

  const next = (open: readonly Connection<E, Data>[]): Connection<E, Data> => {
    let best = open[turn++ % open.length] as Connection<E, Data>;
    if (policy === 'least-buffered')
      for (const each of open) if (each.bufferedAmount < best.bufferedAmount) best = each;
    return best;
  };
  const memberFor = (key: string | undefined): Connection<E, Data> => {
    let slot = -1;
    if (key !== undefined) {
      slot = 0;
      for (let at = 0; at < key.length; at++) slot = (slot * 31 + key.charCodeAt(at)) % SLOTS;
      const own = slots.get(slot);
      if (own && isOpen(own)) return own;
    }
    const open = members.filter(isOpen);
    const able = open.length > 0 ? open : members.filter(mayOpen);
    // what waits for the first one that opens waits in one line
    const line = open.length > 0 ? next(open) : able.find((member) => member.getSnapshot().queued > 0);
    const chosen = line ?? able[0] ?? (members[0] as Connection<E, Data>);
    slots.set(slot, chosen);
    return chosen;
  };

  const follow = (item: Waiting): void => {
    const { delivery } = item;
    void delivery.done.then((receipt) => {
      if (item.delivery === delivery && waiting.delete(item)) item.settle(receipt);
    });
  };
  /** What waits where it cannot leave goes where it can. */
  const rescue = (): void => {
    dirty = true;
    if (moving) return; // each move changes something, and is told of: it is looked once more
    for (moving = true; dirty;) {
      dirty = false;
      const stuck = wanted ? members.filter(isStuck) : [];
      for (const item of stuck.length > 0 ? waiting : []) {
        const ttlMs = item.expiresAt - host.clock.now();
        // one that has left, or is over, is none of ours
        if (!stuck.includes(item.member) || ttlMs <= 0 || !item.delivery.cancel()) continue;
        item.member = memberFor(item.options.key);
        try {
          item.delivery = item.member.send(item.data, { ...item.options, ttlMs });
          follow(item);
        } catch (error) {
          if (waiting.delete(item)) item.settle({ status: 'dropped', error: error as NonNullable<Receipt['error']> });
        }
      }
    }
    moving = false;
    const now = wholeState(
      members.map((member) => member.getSnapshot()),
      hadOpen,
    );
    hadOpen &&= isAlive(now);
    state.change(now);
  };

  for (const member of members) {
    member.events.on(events.emit);
    member.subscribe(rescue);
    member.notices.on((notice) => {
      if (notice.type === 'open') {
        const again = hadOpen;
        hadOpen = true;
        if (!announced) {
          announced = true;
          notices.emit({ type: 'open', again });
        }
        greeted = true;
        rescue();
      } else if (notice.type !== 'close') notices.emit(notice);
      else if (announced && !members.some(isOpen)) {
        announced = greeted = false;
        const now = state.getSnapshot();
        const willRetry = notice.end.willRetry || (isAlive(now) && now.status !== 'idle');
        notices.emit({ type: 'close', end: { ...notice.end, willRetry } });
      }
    });
  }
  const all = (act: (member: Connection<E, Data>) => void): void => {
    for (const member of members) act(member);
  };

  return {
    events,
    notices,
    getSnapshot: state.getSnapshot,
    subscribe: state.subscribe,
    get bufferedAmount() {
      return members.reduce((sum, member) => sum + member.bufferedAmount, 0);
    },
    send(command, sendOptions = {}) {
      const data = protocol.encode(command);
      const { key, ttlMs = options().outbox?.ttlMs ?? Infinity } = sendOptions;
      const member = memberFor(key);
      const delivery = member.send(data, sendOptions);
      if (key !== undefined && delivery.verdict !== 'dropped')
        for (const item of waiting) if (item.options.key === key && item.member !== member) item.delivery.cancel();
      if (delivery.verdict !== 'queued') return delivery;
      let settle!: (receipt: Receipt) => void;
      const done = new Promise<Receipt>((resolve) => (settle = resolve));
      const item: Waiting = {
        data: typeof data === 'string' ? data : data.slice(),
        options: sendOptions,
        expiresAt: host.clock.now() + (ttlMs || 0),
        settle,
        member,
        delivery,
      };
      waiting.add(item);
      follow(item);
      return { verdict: 'queued', done, cancel: () => item.delivery.cancel() };
    },
    drained: () => Promise.all(members.map((member) => member.drained())).then(() => {}),
    connect() {
      wanted = true;
      all((member) => member.connect());
    },
    disconnect(code, reason) {
      wanted = false;
      all((member) => member.disconnect(code, reason));
    },
    reconnect() {
      wanted = true;
      const opened = Promise.any(members.map((member) => member.reconnect())).catch((all: AggregateError) => {
        throw all.errors[0];
      });
      opened.catch(() => {}); // who does not wait for it is not told by the console
      return opened;
    },
    review: () => all((member) => member.review()),
    stop() {
      wanted = hadOpen = false;
      all((member) => member.stop());
      all((member) => member.stop()); // what was sent at the word that it is over
    },
  };
}
