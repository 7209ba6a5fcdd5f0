// What is seen of a room, and what can happen to it. Types only: the fold is room.ts.

import type { RealtimeError } from '../base/error.js';
import type { JoinedFrame, Place, RoomFrame } from '../protocol/rooms-frames.js';
import type { Member, PresenceData, PresenceEvent } from './presence.js';

export interface RoomMessage<T = unknown> {
  /** Made by its sender, unique for its sender. */
  readonly id: string;
  /** The user who sent it; null: the server. */
  readonly from: string | null;
  readonly data: T;
  readonly type: string;
  /** Milliseconds since 1970: by the server's clock, or by ours while it is on its way. */
  readonly at: number;
  /** Its place in the room; null until the server has said it. */
  readonly offset: number | null;
  readonly state: 'pending' | 'sent' | 'failed';
  /** Why it failed. */
  readonly error?: RealtimeError | undefined;
}

/** Messages that were published and will not come. */
export interface RoomGap {
  /** `expired`: no longer kept. `epoch`: the room began anew. `lost`: they should have come and did not. */
  readonly reason: 'expired' | 'epoch' | 'lost';
  /** The last place before it. */
  readonly after: Place | null;
  /** The first place that we have after it. */
  readonly before: Place | null;
  /** How many; null: nobody knows. */
  readonly missed: number | null;
}

export interface RoomState<T = unknown, P = PresenceData> {
  readonly id: string;
  /** `rejoining`: was joined, and will be again. `denied`: see `error`. `left`: nobody here wants it any more. */
  readonly status: 'idle' | 'joining' | 'joined' | 'rejoining' | 'denied' | 'left';
  /** Ourselves. `presence` is what we show, or null; nobody else's events change it. */
  readonly self: { readonly user: string | null; readonly connection: string | null; readonly presence: P | null };
  /** One per person, by user id; the last that was known while the room is not joined. */
  readonly members: ReadonlyMap<string, Member<P>>;
  /** Is `members` whole and current? */
  readonly synced: boolean;
  /** The newest within the bound in the room's order, then ours that are on their way or failed. Built when it is read. */
  readonly messages: readonly RoomMessage<T>[];
  /** All messages that ever came, past the bound and `clear()` too; those that were paged back to do not count. */
  readonly count: number;
  /** Can older ones be loaded? */
  readonly more: boolean;
  /** The newest place that is known. */
  readonly cursor: Place | null;
  /** What was missed last; until `clear()`, or leaving. */
  readonly gap: RoomGap | null;
  /** Why it is denied. */
  readonly error: RealtimeError | null;
}

export type RoomEvent =
  | { readonly type: 'joining'; readonly join: number; readonly presence: PresenceData | null }
  /** Nothing unless it answers the current join. */
  | { readonly type: 'joined'; readonly frame: JoinedFrame; readonly gap?: RoomGap | undefined }
  /** Nothing unless joined, and no repeat. */
  | { readonly type: 'message'; readonly frame: RoomFrame }
  /** A message that came and is not shown. */
  | { readonly type: 'skipped'; readonly offset: number }
  | { readonly type: 'gap'; readonly gap: RoomGap }
  | {
      readonly type: 'sending';
      readonly message: { readonly id: string; readonly data: unknown; readonly at: number; readonly type: string };
    }
  | {
      readonly type: 'acked';
      readonly id: string;
      readonly epoch: string;
      readonly offset: number;
      readonly at: number;
    }
  | { readonly type: 'failed'; readonly id: string; readonly error: RealtimeError }
  /** Cancelled before it left. */
  | { readonly type: 'withdrawn'; readonly id: string }
  | { readonly type: 'retrying'; readonly id: string }
  | { readonly type: 'presence'; readonly event: PresenceEvent }
  /** What is left out stays. */
  | {
      readonly type: 'self';
      readonly user?: string | null | undefined;
      readonly connection?: string | null | undefined;
      readonly presence?: PresenceData | null | undefined;
    }
  /** Paged back, and the bound grows by it; `within`: what the bound has room for. */
  | {
      readonly type: 'older';
      readonly messages: readonly RoomFrame[];
      readonly more: boolean;
      readonly within?: boolean | undefined;
    }
  /** The wire is gone. */
  | { readonly type: 'cut' }
  | { readonly type: 'denied'; readonly join: number; readonly error: RealtimeError }
  | { readonly type: 'left' }
  /** Another user sits here from now on, or nobody: what was said and shown goes, all but what we show of ourselves. */
  | { readonly type: 'forget' }
  | { readonly type: 'clear' };
