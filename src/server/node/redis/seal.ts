// What servers say to each other about a wire, closed for everybody who does not know its name: Redis and its readers. Knows no Redis.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export interface Seal {
  /** A name for the wire from which its own cannot be told. */
  readonly hash: string;
  /** `head` can be read by everybody, and changed by nobody. */
  close(head: string, text: string): string;
  /** undefined: none who knows the wire has closed that, or not under this head. */
  open(head: string, closed: string): string | undefined;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Names of wires are random, 128 bits and more: a hash of one is a key. */
export function createSeal(wire: string): Seal {
  const digest = (use: string): Buffer => createHash('sha256').update(`roomtone ${use} ${wire}`).digest();
  const key = digest('key');
  return {
    hash: digest('name').toString('base64url'),
    close(head, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(head));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(head, closed) {
      const all = Buffer.from(closed, 'base64');
      const nonce = all.subarray(0, NONCE_BYTES);
      const tag = all.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      try {
        const cipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
        cipher.setAAD(Buffer.from(head)).setAuthTag(tag);
        return cipher.update(all.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + cipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
