// The fold of one room: joins, messages, presence. Pure: no time, no I/O, and nothing is decided here.

import type { RealtimeError } from '../base/error.js';
import {
  initialPresence,
  type PresenceEvent,
  type PresenceHappening,
  type PresenceState,
  reducePresence,
} from './presence.js';
import { editMessages, initialMessages, type MessageEdit, type Messages } from './room-messages.js';
import type { RoomEvent, RoomGap, RoomState } from './room-state.js';

export type { RoomEvent, RoomGap, RoomMessage, RoomState } from './room-state.js';

/** What the fold needs to go on; users see `roomStateOf` it. */
export interface RoomModel {
  readonly id: string;
  readonly status: RoomState['status'];
  /** The join that is waited for, or holds; 0: none, so that no answer fits. */
  readonly join: number;
  readonly self: RoomState['self'];
  readonly presence: PresenceState;
  readonly messages: Messages;
  readonly gap: RoomGap | null;
  readonly error: RealtimeError | null;
}

export function initialRoom(id: string): RoomModel {
  return {
    ...{ id, status: 'idle', join: 0, presence: initialPresence, messages: initialMessages(), gap: null, error: null },
    self: { user: null, connection: null, presence: null },
  };
}

/** A batch of events in, one new model out, and what others did; the same object when nothing changed. `limit` bounds the messages. */
export function reduceRoom(
  room: RoomModel,
  events: readonly RoomEvent[],
  limit: number,
): { readonly room: RoomModel; readonly happened: readonly PresenceHappening[] } {
  const now: { -readonly [Field in keyof RoomModel]: RoomModel[Field] } = { ...room };
  let edit: MessageEdit | undefined;
  const messages = (): MessageEdit => (edit ??= editMessages(room.messages, limit, now.self.user));
  // nothing else of a room hangs on its presence, so all of the batch's is folded at once
  const presence: PresenceEvent[] = [];
  const isWanted = (): boolean => now.status === 'joining' || now.status === 'joined' || now.status === 'rejoining';

  const setSelf = (self: RoomState['self']): void => {
    const { user, connection, presence: shown } = now.self;
    if (self.user !== user) messages().user(self.user);
    if (self.user !== user || self.connection !== connection || self.presence !== shown) now.self = self;
  };
  const end = (status: 'denied' | 'left', error: RealtimeError | null): void => {
    now.status = status;
    now.join = 0;
    now.error = error;
    setSelf({ ...now.self, presence: null });
    presence.push({ type: 'reset' });
  };

  for (const event of events)
    switch (event.type) {
      case 'joining':
        now.status = now.status === 'joined' || now.status === 'rejoining' ? 'rejoining' : 'joining';
        now.join = event.join;
        now.error = null;
        setSelf({ ...now.self, presence: event.presence });
        // what this join brings begins with a snapshot
        presence.push({ type: 'cut' });
        break;
      case 'joined':
        if (event.frame.join !== now.join || (now.status !== 'joining' && now.status !== 'rejoining')) break;
        now.status = 'joined';
        now.gap = event.gap ?? now.gap;
        messages().joined(event.frame);
        break;
      case 'message':
        if (now.status === 'joined') messages().message(event.frame);
        break;
      case 'skipped':
        if (now.status === 'joined') messages().skipped(event.offset);
        break;
      case 'gap':
        now.gap = event.gap;
        break;
      case 'sending':
        messages().sending(event.message);
        break;
      case 'acked':
        messages().acked(event);
        break;
      case 'failed':
        messages().failed(event.id, event.error);
        break;
      case 'withdrawn':
        messages().withdrawn(event.id);
        break;
      case 'retrying':
        messages().retrying(event.id);
        break;
      case 'presence':
        if (isWanted()) presence.push(event.event);
        break;
      case 'self': {
        const { user, connection, presence: shown } = now.self;
        setSelf({
          user: event.user === undefined ? user : event.user,
          connection: event.connection === undefined ? connection : event.connection,
          presence: event.presence === undefined ? shown : event.presence,
        });
        break;
      }
      case 'older':
        messages().older(event.messages, event.more, event.within);
        break;
      case 'cut':
        if (now.status === 'joined') now.status = 'rejoining';
        now.join = 0;
        presence.push({ type: 'cut' });
        break;
      case 'denied':
        if (event.join === now.join && isWanted()) end('denied', event.error);
        break;
      case 'left':
        end('left', null);
        now.gap = null;
        break;
      case 'forget':
        if (now.status !== 'left') now.status = 'idle';
        now.join = 0;
        now.gap = null;
        now.error = null;
        now.self = { user: null, connection: null, presence: now.self.presence };
        edit = editMessages(initialMessages(), limit, null);
        presence.push({ type: 'reset' });
        break;
      case 'clear':
        messages().clear();
        now.gap = null;
        break;
    }

  now.messages = edit ? edit.done() : room.messages;
  const { state, happened } = reducePresence(room.presence, presence);
  now.presence = state;
  const isSame = Object.entries(now).every(([name, value]) => room[name as keyof RoomModel] === value);
  return { room: isSame ? room : now, happened };
}

/** A room as it is seen. `messages` and `members` are built when they are read, and the same objects as long as nothing of them changes. */
export function roomStateOf({ id, status, self, presence, messages, gap, error }: RoomModel): RoomState {
  return {
    ...{ id, status, self, synced: presence.synced && status === 'joined' },
    get members() {
      return presence.members;
    },
    get messages() {
      return messages.shown.items;
    },
    ...{ count: messages.confirmed.count, more: messages.more, cursor: messages.cursor, gap, error },
  };
}
