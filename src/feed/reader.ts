// What one feed makes of a message: its schema, its filter. Tells nobody, keeps nothing but the newest.

import type { RealtimeError } from '../base/error.js';
import { guarded } from '../base/report.js';
import type { Message } from '../protocol/plain.js';
import { validate } from '../protocol/schema.js';
import type { FeedOptions } from './feed-options.js';

/** The message; or what the schema has against it; or undefined: it does not exist for this feed. */
export type Reading<In> = Message<In> | RealtimeError | undefined;

/** The same message is read once, however many wait for an answer: all of them are given the same object. */
export function createReader<In>(options: () => FeedOptions<In>): (raw: Message) => Reading<In> {
  let newest: { readonly raw: Message; readonly reading: Reading<In> } | undefined;
  const read = (raw: Message, { schema, filter }: FeedOptions<In>): Reading<In> => {
    try {
      const message = (schema ? { ...raw, data: validate(schema, raw.data) } : raw) as Message<In>;
      return !filter || guarded(filter, message) ? message : undefined;
    } catch (error) {
      return error as RealtimeError;
    }
  };
  return (raw) => {
    const given = options();
    if (!given.schema && !given.filter) return raw as Message<In>;
    if (newest?.raw !== raw) newest = { raw, reading: read(raw, given) };
    return newest.reading;
  };
}
