// The process of many who read and say nothing. They note what they are told, by its numbers: all, once and in order?

import { arrive } from './tongues.mjs';
import { now, serve } from './process.mjs';

const AT_ONCE = 100;
const MARK = Buffer.from('"no":');
const readers = [];
let goal = Infinity;
let left = 0;
let finish = () => {};

/** A frame may hold several messages, and other things. */
function note(reader, bytes) {
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at)) {
    at += MARK.length;
    let no = 0;
    for (; bytes[at] >= 48 && bytes[at] <= 57; at++) no = 10 * no + bytes[at] - 48;
    if (no < reader.next) {
      reader.again++;
      continue;
    }
    reader.lost += no - reader.next;
    reader.next = no + 1;
    if (reader.next === goal && --left === 0) finish();
  }
}

serve({
  /** Rooms and addresses are taken in turn. Answers when all are there. */
  async connect({ tongue, port, count, rooms = [undefined], addresses = [undefined] }) {
    let next = 0;
    const one = async () => {
      for (let index = next++; index < count; index = next++) {
        const reader = { next: 0, lost: 0, again: 0, isCut: false };
        const room = rooms[index % rooms.length];
        const from = addresses[index % addresses.length];
        const onText = (bytes) => note(reader, bytes);
        const onClose = () => void (reader.isCut = true);
        reader.raw = await arrive({ tongue, port, room, from, onText, onClose });
        readers.push(reader);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  },
  /** Answers when each reader has been told number `n - 1`, or after `withinMs`: when that was, and what was wrong. */
  async read({ n, withinMs }) {
    goal = n;
    left = readers.filter(({ next }) => next < n).length;
    const done = new Promise((resolve) => (finish = resolve));
    if (left > 0) await Promise.race([done, new Promise((resolve) => setTimeout(resolve, withinMs))]);
    const at = now();
    const sum = (of) => readers.reduce((total, reader) => total + of(reader), 0);
    return {
      at,
      lost: sum((reader) => reader.lost + n - reader.next),
      again: sum(({ again }) => again),
      cut: sum(({ isCut }) => Number(isCut)),
    };
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  /** Hangs up. */
  leave() {
    for (const { raw } of readers.splice(0)) raw.socket.destroy();
  },
});
