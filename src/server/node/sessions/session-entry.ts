// A wire of the rooms protocol that lives here: whose it is, and its POSTs in their order. What is asked of it over another server, too.

import type { HttpWire } from './http-wire.js';
import type { WireAnswer, WireQuestion } from './session-question.js';
import { MAX_POSTS, OVER, STRANGER, TOO_MANY, UNKNOWN } from './session-rules.js';

export interface Entry {
  readonly wire: HttpWire;
  /** Is this another origin than the one that opened it? */
  isStrange(origin: string | undefined): boolean;
  /** A POST: `read` gives its frame, or why there is none, and is not called where there are too many; what came before is heard before. undefined: nobody waits for an answer. */
  post(read: () => Promise<string | WireAnswer | undefined>): Promise<WireAnswer | undefined>;
  /** Another server asks. */
  hear(question: WireQuestion): Promise<WireAnswer | undefined>;
}

export function createEntry(wire: HttpWire, opener: string | undefined): Entry {
  let turn: Promise<unknown> = Promise.resolve();
  let posts = 0;

  const end = ({ code, reason }: { readonly code: number; readonly reason: string }): WireAnswer => {
    wire.session.close(code, reason);
    return { status: 204 };
  };
  const take = (read: string | WireAnswer | undefined): WireAnswer | undefined => {
    if (typeof read !== 'string') {
      if (read?.status === 413) end(OVER.tooBig);
      return read;
    }
    if (!wire.heard()) return UNKNOWN;
    wire.session.receive(read);
    return { status: 202 };
  };
  const entry: Entry = {
    wire,
    // pages name their origin with every POST, but not with each GET
    isStrange: (origin) => opener !== undefined && origin !== undefined && origin !== opener,
    async post(read) {
      if (posts >= MAX_POSTS) {
        end(OVER.tooMany);
        return TOO_MANY;
      }
      posts++;
      const before = turn;
      const done = (async () => {
        const found = await read();
        await before;
        posts--;
        return take(found);
      })();
      turn = done.catch(() => {}); // those that come after it have a turn all the same
      return done;
    },
    async hear(question) {
      if (entry.isStrange(question.origin)) return STRANGER;
      switch (question.kind) {
        case 'open':
          return { status: 204 };
        case 'end':
          return end(question);
        case 'post':
          return entry.post(() => Promise.resolve(question.body));
        case 'get':
          return new Promise((resolve) => {
            const asker = {
              answer: (status: number, body?: string, cursor?: string) => resolve({ status, body, cursor }),
              end: () => Promise.resolve(),
              onGone: () => {}, // it does not wait for long, and the next GET takes its place
            };
            if (!wire.poll?.(asker, question)) resolve(UNKNOWN);
          });
      }
    },
  };
  return entry;
}
