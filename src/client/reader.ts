// What one feed makes of a message: its schema, its filter. Tells nobody, keeps nothing but the newest.

import type { RealtimeError } from '../base/error.js';
import { guarded } from '../base/report.js';
import type { Message } from '../protocol/plain.js';
import { validate } from '../protocol/schema.js';
import type { FeedOptions } from './feed-options.js';

export interface Reading<In> {
  readonly raw: Message;
  /** Undefined: it does not exist for this feed. */
  readonly message?: Message<In>;
  /** What the schema has against it. */
  readonly error?: RealtimeError;
}

/** The same message is read once, however many wait for an answer: all of them are given the same object. */
export function createReader<In>(options: () => FeedOptions<In>): (raw: Message) => Reading<In> {
  let newest: Reading<In> | undefined;
  return (raw) => {
    if (newest?.raw === raw) return newest;
    const { schema, filter } = options();
    try {
      const message = (schema ? { ...raw, data: validate(schema, raw.data) } : raw) as Message<In>;
      return (newest = !filter || guarded(filter, message) ? { raw, message } : { raw });
    } catch (error) {
      return (newest = { raw, error: error as RealtimeError });
    }
  };
}
