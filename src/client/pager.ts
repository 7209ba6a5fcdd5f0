// Older messages on demand: one question at a time, answered, refused, late or cut off. Knows no rooms.

import type { Cancel, Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';

export type PageKind = 'older' | 'within';

export interface Pager {
  /** Resolves to whether there are more. Asked twice at once, it asks once. `within`: the bound of the room does not grow by it. */
  load(limit: number, kind?: PageKind): Promise<boolean>;
  /** Which kind of question this is the answer to; undefined: to none that waits. */
  waitsFor(request: number): PageKind | undefined;
  answered(request: number, more: boolean): void;
  failed(request: number, error: RealtimeError): void;
  /** No answer will come. */
  cut(): void;
}

export interface PagerParts {
  readonly clock: Clock;
  /** Is there anybody to ask? Looking may itself ask for something. */
  readonly ready: () => boolean;
  readonly ask: (request: number, limit: number) => void;
}

const TIMEOUT_MS = 10_000;

export function createPager({ clock, ready, ask }: PagerParts): Pager {
  interface Question {
    readonly kind: PageKind;
    readonly promise: Promise<boolean>;
    readonly resolve: (more: boolean) => void;
    readonly reject: (error: RealtimeError) => void;
    readonly cancelTimeout: Cancel;
  }
  let request = 0;
  let question: Question | undefined;

  const end = (mine: number): Question | undefined => {
    const ended = mine === request ? question : undefined;
    if (ended) question = undefined;
    ended?.cancelTimeout();
    return ended;
  };
  const fail = (mine: number, error: RealtimeError): void => end(mine)?.reject(error);

  return {
    load(limit, kind = 'older') {
      const isReady = ready();
      if (question) return question.promise;
      if (!isReady)
        return Promise.reject(new RealtimeError('lost', 'Older messages can be asked for where the room is joined.'));
      const mine = ++request;
      ask(mine, limit);
      let resolve!: Question['resolve'];
      let reject!: Question['reject'];
      const promise = new Promise<boolean>((yes, no) => ([resolve, reject] = [yes, no]));
      const cancelTimeout = clock.after(TIMEOUT_MS, () =>
        fail(mine, new RealtimeError('timeout', `No older messages within ${TIMEOUT_MS} ms.`)),
      );
      question = { kind, promise, resolve, reject, cancelTimeout };
      return promise;
    },
    waitsFor: (mine) => (mine === request ? question?.kind : undefined),
    answered: (mine, more) => end(mine)?.resolve(more),
    failed: fail,
    cut: () => fail(request, new RealtimeError('lost', 'The link broke before the answer.')),
  };
}
