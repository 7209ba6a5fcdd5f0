// The messages of one room in their order: where we are, what is a repeat, what is missing. Says nothing to a server.

import type { RoomGap } from '../model/room.js';
import type { JoinedFrame, Place, RoomFrame } from '../protocol/rooms-frames.js';
import { judgeOffset, recover } from './recovery.js';
import type { RoomStore } from './room-store.js';

export interface RoomStream {
  /** The newest message that we know of; null: we never joined. */
  readonly place: Place | null;
  joined(frame: JoinedFrame): void;
  message(frame: RoomFrame): void;
  older(messages: readonly RoomFrame[], more: boolean, within: boolean): void;
  /** As if we had never been there. */
  forget(): void;
}

export interface RoomStreamParts {
  readonly store: RoomStore;
  /** As the schema makes it; undefined: it was refused, and that was told. */
  readonly fit: (frame: RoomFrame) => RoomFrame | undefined;
  readonly onMessage: (frame: RoomFrame) => void;
  readonly onGap: (gap: RoomGap) => void;
  /** Joins again, to be brought what is missing; false: that was tried too often. */
  readonly mend: () => boolean;
}

export function createRoomStream({ store, fit, onMessage, onGap, mend }: RoomStreamParts): RoomStream {
  let place: Place | null = null;
  const fitting = (frames: readonly RoomFrame[]): readonly RoomFrame[] =>
    frames.map(fit).filter((each) => each !== undefined);

  return {
    get place() {
      return place;
    },
    joined(frame) {
      const before = place;
      const { fresh, gap } = recover(before, frame);
      // in one stream there is no way back, whatever a server says
      const newest = Math.max(frame.offset, fresh.at(-1)?.offset ?? 0);
      const isSame = before?.epoch === frame.epoch;
      place = { epoch: frame.epoch, offset: isSame ? Math.max(before.offset, newest) : newest };
      const messages = fitting(fresh);
      store.push({ type: 'joined', frame: { ...frame, messages }, ...(gap ? { gap } : {}) });
      if (gap) onGap(gap);
      // what was there before we came is history, what was missed is news
      if (before) for (const each of messages) onMessage(each);
    },
    message(frame) {
      if (!place) return;
      const { epoch, offset } = place;
      const found = judgeOffset(place, frame.offset);
      if (found === 'repeat' || (found === 'hole' && mend())) return;
      if (found === 'hole') {
        const missed = frame.offset - offset - 1;
        const gap: RoomGap = { reason: 'lost', after: place, before: { epoch, offset: frame.offset }, missed };
        store.push({ type: 'gap', gap });
        onGap(gap);
      }
      place = { epoch, offset: frame.offset };
      const message = fit(frame);
      store.push(message ? { type: 'message', frame: message } : { type: 'skipped', offset: frame.offset });
      if (message) onMessage(message);
    },
    forget: () => void (place = null),
    older: (messages, more, within) => store.push({ type: 'older', messages: fitting(messages), more, within }),
  };
}
