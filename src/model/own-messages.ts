// Our messages that have no place among the others yet: on their way, failed, or acknowledged ahead of the room. Pure.

import type { RealtimeError } from '../base/error.js';
import type { RoomEvent, RoomMessage } from './room-state.js';

interface Waiting {
  readonly message: RoomMessage;
  /** Of the place that it was given; null: none yet. */
  readonly epoch: string | null;
}

export interface OwnMessages {
  readonly byId: ReadonlyMap<string, Waiting>;
  /** How many of them were given a place. */
  readonly placed: number;
}

/** Twice what a client publishes at once, so that what fails beside it can be seen. The oldest failed go first. */
const LIMIT = 2_000;

/** They while a batch is folded. */
export interface OwnEdit {
  sending(message: (RoomEvent & { readonly type: 'sending' })['message'], user: string | null): void;
  placed(ack: RoomEvent & { readonly type: 'acked' }): void;
  failed(id: string, error: RealtimeError): void;
  retrying(id: string): void;
  withdrawn(id: string): void;
  /** It is among the others. */
  arrived(id: string): void;
  /** Takes out the one with the first place in `epoch`, if that is at most `offset`. */
  takeFirst(epoch: string, offset: number): RoomMessage | undefined;
  /** Takes out those with a place in such an epoch. */
  takeOf(isOf: (epoch: string) => boolean): readonly RoomMessage[];
  dropFailed(): void;
  /** Who we are, for those that did not know it. */
  sign(user: string): void;
  done(): OwnMessages;
}

export function editOwnMessages(before: OwnMessages): OwnEdit {
  let { placed } = before;
  let copy: Map<string, Waiting> | undefined;
  const now = (): ReadonlyMap<string, Waiting> => copy ?? before.byId;
  const own = (): Map<string, Waiting> => (copy ??= new Map(before.byId));
  const remove = (id: string): void => {
    const known = now().get(id);
    if (!known) return;
    if (known.epoch !== null) placed--;
    own().delete(id);
  };
  const dropOne = (): void => {
    let victim: string | undefined;
    for (const [id, { message }] of now()) {
      victim ??= id;
      if (message.state !== 'failed') continue;
      victim = id;
      break;
    }
    if (victim !== undefined) remove(victim);
  };

  return {
    sending({ id, data, at, type }, user) {
      const known = now().get(id);
      if (known && known.message.state !== 'failed') return;
      remove(id); // what is sent again goes to the end
      own().set(id, { message: { id, from: user, data, type, at, offset: null, state: 'pending' }, epoch: null });
      if (now().size > LIMIT) dropOne();
    },
    placed({ id, epoch, offset, at }) {
      const known = now().get(id);
      if (!known || known.epoch !== null) return;
      const { error: _, ...message } = known.message;
      own().set(id, { message: { ...message, at, offset, state: 'sent' }, epoch });
      placed++;
    },
    failed(id, error) {
      const known = now().get(id);
      // the server has one that was given a place, whatever else is said
      if (known?.epoch === null) own().set(id, { ...known, message: { ...known.message, state: 'failed', error } });
    },
    retrying(id) {
      const known = now().get(id);
      if (known?.message.state !== 'failed') return;
      const { error: _, ...message } = known.message;
      remove(id);
      own().set(id, { message: { ...message, state: 'pending' }, epoch: null });
    },
    withdrawn(id) {
      if (now().get(id)?.epoch === null) remove(id);
    },
    arrived: remove,
    takeFirst(epoch, offset) {
      let first: RoomMessage | undefined;
      if (placed > 0)
        for (const { message, epoch: of } of now().values())
          if (of === epoch && (message.offset ?? 0) <= offset && (message.offset ?? 0) < (first?.offset ?? Infinity))
            first = message;
      if (first) remove(first.id);
      return first;
    },
    takeOf(isOf) {
      if (placed === 0) return [];
      const found = [...now().values()].filter(({ epoch }) => epoch !== null && isOf(epoch));
      for (const { message } of found) remove(message.id);
      return found.map(({ message }) => message);
    },
    dropFailed() {
      for (const [id, { message }] of [...now()]) if (message.state === 'failed') remove(id);
    },
    sign(user) {
      for (const [id, waiting] of [...now()])
        if (waiting.message.from === null) own().set(id, { ...waiting, message: { ...waiting.message, from: user } });
    },
    done: () => (copy ? { byId: copy, placed } : before),
  };
}
