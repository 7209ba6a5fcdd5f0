// Names that nobody else has. Knows nothing of what is named.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';

/** 22 characters of `A–Z a–z 0–9 - _`: 132 bits, unguessable where the platform has `crypto`, else from `random`. */
export function createId(random: () => number): string {
  const bytes = new Uint8Array(22);
  if (globalThis.crypto?.getRandomValues) globalThis.crypto.getRandomValues(bytes);
  else bytes.forEach((_, index) => (bytes[index] = random() * 256));
  return Array.from(bytes, (byte) => ALPHABET[byte & 63]).join('');
}
