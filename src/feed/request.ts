// Questions over a link that knows none: which message is the answer, and how long it is waited for. Sends nothing by itself.

import { createAlarm } from '../base/alarm.js';
import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import { guarded } from '../base/report.js';
import type { Connection } from '../connection/connection.js';
import type { Delivery } from '../connection/delivery.js';
import { sensible } from '../connection/retry.js';
import type { Message } from '../protocol/plain.js';

export interface AskOptions<In = unknown> {
  /** Is this message the answer? Asked of each message that this feed accepts from now on, until it says yes. */
  readonly matches: (message: Message<In>) => boolean;
  /** From the call on, waiting for a link included. Default 10,000; Infinity waits as long as the link is held. */
  readonly timeoutMs?: number | undefined;
  /** Rejects with its reason, and withdraws what has not left. */
  readonly signal?: AbortSignal | undefined;
}

export interface RequestParts<In, Out> {
  readonly clock: Clock;
  readonly connection: Connection<Message<In>, Out>;
  /** What the feed makes of a message; undefined: it does not exist for it. */
  readonly understand: (raw: Message) => Message<In> | RealtimeError | undefined;
  /** Who is still waiting, so that all can be told that it is over. */
  readonly pending: Set<(error: RealtimeError) => void>;
  /** How long anything may wait to be sent. */
  readonly ttlMs?: number | undefined;
}

/** Settles once, and leaves nothing behind; who does not wait for it is not told by the console. */
export function request<In, Out>(
  { clock, connection, understand, pending, ttlMs }: RequestParts<In, Out>,
  data: Out,
  { matches, timeoutMs, signal }: AskOptions<In>,
): Promise<Message<In>> {
  const promise = new Promise<Message<In>>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let delivery: Delivery | undefined;
    let left = false;
    const over = (): boolean => {
      if (!pending.delete(fail)) return false;
      alarm.set(Infinity);
      signal?.removeEventListener('abort', onAbort);
      for (const off of out) off();
      delivery?.cancel();
      return true;
    };
    const fail = (error: unknown): void => void (over() && reject(error as Error));
    const onAbort = (): void => fail(signal?.reason);
    const alarm = createAlarm(clock, () => fail(new RealtimeError('timeout', 'No answer came in time.')));
    const out = [
      connection.events.on((raw) => {
        const message = understand(raw);
        if (!message || message instanceof RealtimeError) return;
        if (guarded(matches, message) && over()) resolve(message);
      }),
      connection.notices.on(({ type }) => {
        // one that left in this very tick is known to have left a moment later; what still waits goes on waiting
        if (type === 'close')
          queueMicrotask(
            () => left && fail(new RealtimeError('lost', 'The link broke before an answer came: it may have arrived.')),
          );
      }),
    ];
    pending.add(fail);
    signal?.addEventListener('abort', onAbort);
    const waitMs = sensible(timeoutMs, 10_000);
    alarm.set(clock.now() + waitMs);
    try {
      if (typeof matches !== 'function')
        throw new RealtimeError('config', '`matches` says which message is the answer: a request needs it.');
      // said to the outbox as well, which may outlive this page: there is nobody for the answer then
      delivery = connection.send(data, { ttlMs: Math.min(waitMs, sensible(ttlMs, Infinity)) });
    } catch (error) {
      return fail(error);
    }
    left = delivery.verdict === 'sent';
    if (!pending.has(fail)) delivery.cancel(); // aborted by something that `send` called
    void delivery.done.then(({ status, error }) => {
      left = status === 'sent';
      if (!left) fail(error ?? new RealtimeError('lost', 'Not sent.'));
    });
  });
  promise.catch(() => {});
  return promise;
}
