// What users are told of a transition: the state first, then what happened, then what waited to be sent. Decides nothing.

import type { Cell } from '../base/cell.js';
import type { Clock } from '../base/clock.js';
import type { Mailbox } from '../base/mailbox.js';
import type { Signal } from '../base/signal.js';
import type { Phase, PhaseEvent } from './phase.js';
import type { Sender } from './sender.js';
import { type ConnectionState, endOf, type Notice, stateOf } from './status.js';

/** An event, and the words for the far end. */
export type Letter = PhaseEvent & { readonly code?: number | undefined; readonly reason?: string | undefined };

export interface AnnounceParts {
  readonly clock: Clock;
  readonly state: Cell<ConnectionState>;
  readonly notices: Signal<Notice>;
  readonly sender: Pick<Sender, 'ahead' | 'drain'>;
  readonly giveUp: (why: string) => void;
  readonly mailbox: Mailbox;
  /** The transport's name, as it is now. */
  readonly name: () => string;
}

export function createAnnounce({ clock, state, notices, sender, giveUp, mailbox, name }: AnnounceParts) {
  return (phase: Phase, before: Phase, letter: Letter): void => {
    const isNew = phase.cause !== null && before.cause !== phase.cause;
    const waitMs = phase.name === 'waiting' && phase.due < Infinity ? phase.due - clock.now() : undefined;
    const nextAttemptAt = waitMs === undefined ? null : Math.round(clock.wallNow() + waitMs);
    state.change({ ...stateOf(phase, before, state.getSnapshot(), name()), nextAttemptAt });
    const { error } = state.getSnapshot();
    const wasOpen = before.name === 'open';
    if (wasOpen && (phase.name !== 'open' || phase.dial !== before.dial))
      notices.emit({ type: 'close', end: endOf(phase, letter, waitMs) });
    if (isNew && error) notices.emit({ type: 'error', error });
    if (phase.name === 'open' && (!wasOpen || letter.type === 'moved')) {
      sender.ahead(() => notices.emit(wasOpen ? { type: 'moved' } : { type: 'open', again: before.hadOpen }));
      // after what was asked for inside onOpen: who hung up there sends nothing that waited
      mailbox.post(sender.drain);
    }
    if (phase.name === 'closed') giveUp('the link was closed');
  };
}
