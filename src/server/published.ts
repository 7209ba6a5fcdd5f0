// What is said in a room, and whose it is. Keeps none.

/** JSON text, or bytes as they came. */
export type Payload = string | Uint8Array;

/** Whose a message is. */
export interface Authorship {
  readonly from: string;
  readonly messageId: string;
}
