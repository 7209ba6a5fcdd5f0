// The messages that every contender gets: the same, on the server that sends and in the page that checks.

/** Keys take turns, in no order that neighbours in a page would profit from. 7,919 is prime to all counts used. */
export const keyOf = (seq, keys) => `k${(seq * 7_919) % keys}`;

/** About 98 bytes as JSON. `at` is when it was sent, in ms since the epoch. */
export const messageOf = (seq, keys, at) => ({
  seq,
  key: keys > 0 ? keyOf(seq, keys) : 'k0',
  at,
  price: 100 + (seq % 1_000) / 100,
  text: 'a line as feeds have them',
});
