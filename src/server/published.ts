// What a room holds: a message with its place. Keeps none.

/** JSON text, or bytes as they came. */
export type Payload = string | Uint8Array;

export interface Published {
  /** `epoch-offset`: where in the room's stream this is. */
  readonly id: string;
  readonly epoch: string;
  readonly offset: number;
  readonly payload: Payload;
  /** SSE event type. */
  readonly type: string;
  /** By `clock.now()`: for its age, not for people. */
  readonly at: number;
  /** Milliseconds since 1970: for people. */
  readonly wallAt: number;
  /** The user who published it; null: the server, or a link without users. */
  readonly from: string | null;
  /** What its author calls it; the same as `id` where nobody did. */
  readonly messageId: string;
}

/** Whose a message is. */
export interface Authorship {
  readonly from: string;
  readonly messageId: string;
}
