// One transport on trial: it opens within its budget, or it has failed. What comes after either is said to nobody twice.

import type { Dial, Sink, Transport, Wire, WireEnd } from './transport.js';

/**
 * Dials. `owner` is handed the wire before anything can come from it, and answers with who is to hear; after `ended`, and after
 * `close()`, nobody does.
 */
export function tryRung(transport: Transport, dial: Dial, budgetMs: number, owner: (wire: Wire) => Sink): void {
  let inner: Wire | undefined;
  let over = false;
  let opened = false;
  const finish = (code?: number, reason?: string): void => {
    over = true;
    cancel();
    inner?.close(code, reason);
  };
  const sink = owner({
    send: (data) => inner?.send(data) ?? false,
    get bufferedAmount() {
      return inner?.bufferedAmount ?? 0;
    },
    get spent() {
      return inner?.spent;
    },
    close: finish,
  });
  const ended = (end: WireEnd): void => {
    if (over) return;
    // a far end that is still there waits for us to come back
    finish(end.why === 'timeout' && !opened ? 4408 : undefined);
    sink.ended(end);
  };
  const cancel = dial.host.clock.after(budgetMs, () =>
    ended({ why: 'timeout', reason: `not open within ${budgetMs} ms` }),
  );
  const dialled = transport.dial(
    {
      ...sink,
      opened() {
        if (over) return;
        cancel();
        opened = true;
        sink.opened();
      },
      // the platform connects again by itself: before it opened, that is no news
      reopening: (how) => opened && sink.reopening(how),
      ended,
    },
    dial,
  );
  inner = dialled;
  if (over) dialled.close();
}
