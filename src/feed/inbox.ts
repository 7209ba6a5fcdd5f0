// What came and is not shown yet: no more of it than can be shown, and one message per key where only the newest counts. Folds nothing.

import { guarded } from '../base/report.js';
import type { ConnectionState } from '../connection/status.js';
import type { FeedEvent } from '../model/feed.js';
import type { Message } from '../protocol/plain.js';
import type { FeedOptions } from './feed-options.js';
import { historyOf } from './link.js';

export interface Inbox<In> {
  put(message: Message<In>): void;
  /** Of these only the newest counts. */
  show(connection: ConnectionState): void;
  /** What came before is not shown any more. */
  clear(): void;
  /** All that is left of it; then it is empty. */
  take(): readonly FeedEvent<In>[];
}

/** So many may wait before it is looked at whether all of them can be shown. */
const LOOK_AT = 128;

export function createInbox<In>(options: () => Pick<FeedOptions<In>, 'conflate' | 'history'>): Inbox<In> {
  let messages: Message<In>[] = [];
  let connection: ConnectionState | undefined;
  let cleared = false;
  let passed = 0; // came, and will not be shown
  let lookAt = LOOK_AT;
  const newest = new Map<string, Message<In>>(); // by key
  const replaced = new Set<Message<In>>(); // still among the messages, and no longer true

  const replace = (key: string, message: Message<In>): void => {
    const before = newest.get(key);
    newest.set(key, message);
    if (!before) return;
    replaced.add(before);
    passed++;
  };
  const tidy = (): void => {
    if (replaced.size > 0) messages = messages.filter((message) => !replaced.has(message));
    replaced.clear();
  };
  const drop = (count: number): void => {
    const dropped = messages.splice(0, count);
    passed += dropped.length;
    if (newest.size === 0) return;
    const gone = new Set(dropped);
    for (const [key, message] of newest) if (gone.has(message)) newest.delete(key);
  };
  /** The oldest of more than a history keeps go now: what is alive when a flood is collected stays little. */
  const shorten = (): void => {
    tidy();
    const kept = Math.max(1, historyOf(options())); // without a history the last one is shown all the same
    if (messages.length >= 2 * kept) drop(messages.length - kept);
    lookAt = 2 * Math.min(Math.max(kept, LOOK_AT / 2), messages.length + LOOK_AT); // a history may have no bound
  };
  const empty = (): void => {
    messages = [];
    newest.clear();
    replaced.clear();
  };

  return {
    put(message) {
      const { conflate } = options();
      const key = conflate && guarded(conflate, message);
      if (key !== undefined) replace(key, message);
      if (messages.push(message) >= lookAt) shorten();
    },
    show: (state) => void (connection = state),
    clear() {
      tidy();
      passed += messages.length;
      empty();
      cleared = true;
    },
    take() {
      tidy();
      const events: FeedEvent<In>[] = [];
      if (cleared) events.push({ type: 'clear' });
      if (messages.length > 0) events.push({ type: 'messages', messages });
      if (passed > 0) events.push({ type: 'passed', count: passed });
      if (connection) events.push({ type: 'connection', connection });
      empty();
      connection = undefined;
      cleared = false;
      passed = 0;
      return events;
    },
  };
}
