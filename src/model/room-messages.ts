// The messages of one room: those that have a place in its order, then ours that have none yet. Pure. Knows nothing of joins and presence.

import type { JoinedFrame, Place, RoomFrame } from '../protocol/rooms-frames.js';
import { append, emptyHistory, type History, insert } from './history.js';
import { editOwnMessages, type OwnEdit, type OwnMessages } from './own-messages.js';
import type { RoomMessage } from './room-state.js';

export interface Messages {
  readonly confirmed: History<RoomMessage>;
  /** How many of the newest confirmed are of the cursor's epoch: an offset means nothing to the ones before. */
  readonly current: number;
  readonly ours: OwnMessages;
  /** What paging back has added to the bound. */
  readonly extra: number;
  readonly cursor: Place | null;
  /** The epoch before the cursor's. */
  readonly past: string | null;
  readonly more: boolean;
  /** All, built when it is read; the same object as long as no message changes. */
  readonly shown: { readonly items: readonly RoomMessage[] };
}

/** What may be kept of one room by paging back. */
const MOST = 10_000;

function show(confirmed: History<RoomMessage>, { byId }: OwnMessages): Messages['shown'] {
  let items: readonly RoomMessage[] | undefined;
  return {
    get items() {
      const all = (): readonly RoomMessage[] => [
        ...confirmed.items,
        ...Array.from(byId.values(), ({ message }) => message),
      ];
      return (items ??= byId.size === 0 ? confirmed.items : all());
    },
  };
}

export function initialMessages(): Messages {
  const confirmed = emptyHistory<RoomMessage>();
  const ours: OwnMessages = { byId: new Map(), placed: 0 };
  return { confirmed, current: 0, ours, extra: 0, cursor: null, past: null, more: false, shown: show(confirmed, ours) };
}

/** A message as it is shown. */
export function messageOf({ id, from, data, type, at, offset }: RoomFrame): RoomMessage {
  return { id, from: from ?? null, data, type: type ?? 'message', at, offset, state: 'sent' };
}

/** The messages while a batch is folded. What it touches is copied once. */
export interface MessageEdit extends Pick<OwnEdit, 'failed' | 'withdrawn' | 'retrying'> {
  joined(frame: JoinedFrame): void;
  message(frame: RoomFrame): void;
  skipped(offset: number): void;
  sending(message: Parameters<OwnEdit['sending']>[0]): void;
  acked(ack: Parameters<OwnEdit['placed']>[0]): void;
  older(frames: readonly RoomFrame[], more: boolean, within?: boolean): void;
  clear(): void;
  /** Who we are from now on. */
  user(id: string | null): void;
  done(): Messages;
}

export function editMessages(before: Messages, limit: number, self: string | null): MessageEdit {
  let { confirmed, current, extra, cursor, past, more } = before;
  let user = self;
  let added: RoomMessage[] = [];
  const ours = editOwnMessages(before.ours);
  const bound = (): number => Math.max(limit, Math.min(limit + extra, MOST));

  /** Before so many are added: what falls out at the far end can be paged back to. */
  const makeRoom = (count: number): void => {
    if (count > 0 && confirmed.length + count > bound() && bound() < MOST) more = true;
  };
  const flush = (): void => {
    makeRoom(added.length);
    confirmed = append(confirmed, added, bound());
    current = Math.min(current + added.length, confirmed.length);
    added = [];
  };
  const put = (index: number, messages: readonly RoomMessage[], count: number): void => {
    makeRoom(messages.length);
    confirmed = insert(confirmed, index, messages, bound(), count);
    current = Math.min(current, confirmed.length);
  };
  const ofThisEpoch = (): readonly RoomMessage[] => confirmed.items.slice(confirmed.length - current);

  const welcome = ({ id, from }: RoomMessage): void => {
    // an id is unique for its sender only
    if (user !== null && from === user) ours.arrived(id);
  };
  const receive = (frame: RoomFrame): void => {
    const message = messageOf(frame);
    welcome(message);
    added.push(message);
  };
  const moveTo = (epoch: string, offset: number): void => {
    if (cursor?.epoch !== epoch || cursor.offset !== offset) cursor = { epoch, offset };
  };

  /** One whose place the room has passed without telling us. */
  const putLate = (message: RoomMessage): void => {
    flush();
    const known = ofThisEpoch();
    let after = known.length;
    while (after > 0 && (known[after - 1]?.offset ?? 0) > (message.offset ?? 0)) after--;
    if (known[after - 1]?.offset === message.offset) return;
    current++;
    put(confirmed.length - known.length + after, [message], confirmed.count + 1);
  };
  /** Those of a stream that has ended: after all that we have of it. */
  const putForeign = (isOf: (epoch: string) => boolean): void => {
    const messages = ours.takeOf(isOf);
    if (messages.length === 0) return;
    flush();
    put(confirmed.length - current, messages, confirmed.count + messages.length);
  };
  /** Ours whose place has been reached, or is the next one: nobody else can take it. */
  const settle = (): void => {
    while (cursor) {
      const { epoch, offset } = cursor;
      const message = ours.takeFirst(epoch, offset + 1);
      if (!message) return;
      if (message.offset !== offset + 1) putLate(message);
      else {
        added.push(message);
        moveTo(epoch, offset + 1);
      }
    }
  };

  return {
    joined({ epoch, offset, messages, more: moreIsKept }) {
      flush();
      if (cursor?.epoch !== epoch) {
        past = cursor?.epoch ?? null;
        current = 0;
      }
      putForeign((of) => of !== epoch);
      let last = cursor?.epoch === epoch ? cursor.offset : 0;
      more = moreIsKept;
      for (const message of messages)
        if (message.offset > last) {
          last = message.offset;
          receive(message);
        }
      moveTo(epoch, Math.max(last, offset));
      settle();
      flush();
      if (ofThisEpoch()[0]?.offset === 1) more = false;
    },
    message(frame) {
      if (!cursor || frame.offset <= cursor.offset) return;
      receive(frame);
      moveTo(cursor.epoch, frame.offset);
      settle();
    },
    skipped(offset) {
      if (!cursor || offset <= cursor.offset) return;
      moveTo(cursor.epoch, offset);
      settle();
    },
    sending: (message) => ours.sending(message, user),
    acked(ack) {
      ours.placed(ack);
      // a place in an epoch that we know nothing of may be in the one that the next join tells us of
      putForeign((of) => of === past);
      settle();
    },
    failed: ours.failed,
    withdrawn: ours.withdrawn,
    retrying: ours.retrying,
    older(frames, moreIsKept, within = false) {
      if (!cursor) return;
      flush();
      const oldest = ofThisEpoch()[0]?.offset ?? cursor.offset + 1;
      const fresh: RoomMessage[] = [];
      for (const frame of frames)
        if (frame.offset < oldest && frame.offset > (fresh.at(-1)?.offset ?? 0)) fresh.push(messageOf(frame));
      for (const message of fresh) welcome(message);
      if (!within) extra = Math.min(extra + fresh.length, MOST);
      const room = Math.max(0, bound() - confirmed.length);
      const index = confirmed.length - current;
      const kept = room < fresh.length ? fresh.slice(fresh.length - room) : fresh;
      current += kept.length;
      if (kept.length > 0) put(index, kept, confirmed.count);
      more = moreIsKept && confirmed.length < Math.max(limit, MOST);
    },
    clear() {
      flush();
      if (current > 0) more = true;
      if (confirmed.length > 0) confirmed = emptyHistory(confirmed.count);
      current = 0;
      extra = 0;
      // what is on its way has not happened yet
      ours.dropFailed();
    },
    user(id) {
      user = id;
      if (id !== null) ours.sign(id);
    },
    done() {
      flush();
      const now = { confirmed, current, ours: ours.done(), extra, cursor, past, more };
      if (Object.entries(now).every(([name, value]) => before[name as keyof Messages] === value)) return before;
      const isSameShown = confirmed === before.confirmed && now.ours === before.ours;
      return { ...now, shown: isSameShown ? before.shown : show(confirmed, now.ours) };
    },
  };
}
