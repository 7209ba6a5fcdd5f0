// A session of the rooms protocol over polls, held or not: what it says is kept until it is known to have arrived.

import { type Cancel, systemClock } from '../../../base/clock.js';
import { TRY_AGAIN_LATER } from '../../closing.js';
import { createBacklog } from '../backlog.js';
import { createDrain } from '../drain.js';
import { type Asker, closeEvent, type HttpWire, type HttpWireOptions, type PollQuestion } from './http-wire.js';
import { type Context, SERVICE_RESTART } from '../visit.js';

interface Held {
  readonly asker: Asker;
  cancel: Cancel;
}

export function openPollWire({ request, onEnd }: HttpWireOptions, context: Context): HttpWire {
  const { rooms, settings, emit, atClose } = context;
  const backlog = createBacklog(settings.maxBufferedBytes);
  /** Not known to have arrived, oldest first: the inside of an array each. */
  let kept: string[] = [];
  let bytes = 0;
  let newest = 0; // the number of the newest of them
  let held: Held | undefined;
  let state: 'on' | 'closed' | 'gone' = 'on';
  let closedWith: number | null = null;
  let cancelIdle: Cancel | undefined;

  const drain = createDrain(() => (state !== 'on' ? 0 : bytes));
  const leave = (): void => {
    if (state === 'gone') return;
    state = 'gone';
    emit({ type: 'disconnected', transport: 'poll', code: closedWith });
    cancelIdle?.();
    release()?.asker.answer(204);
    forget();
    onEnd();
    drain.look();
    session.lost();
  };
  /** Nobody asks now. */
  const idle = (): void => {
    cancelIdle?.();
    if (state !== 'gone') cancelIdle = systemClock.after(settings.pollIdleMs, leave);
  };
  const reply = (asker: Asker): void => {
    const found = kept.length > 0;
    asker.answer(found ? 200 : 204, found ? `[${kept.join(',')}]` : undefined, String(newest));
  };
  const release = (): Held | undefined => {
    const was = held;
    held = undefined;
    was?.cancel();
    if (was) idle();
    return was;
  };
  const answerHeld = (): void => {
    const was = release();
    if (was) reply(was.asker);
  };
  const keep = (inside: string): void => {
    kept.push(inside);
    bytes += inside.length;
    newest++;
  };
  emit({ type: 'connected', transport: 'poll' });
  const session = rooms.open(request, 'poll', {
    send(frame, asked) {
      if (state !== 'on') return;
      if (backlog.exceeded(bytes)) {
        emit({ type: 'slow', room: null, transport: 'poll' });
        // what waited is lost to this wire: a cursor of it has nothing behind it but the end
        kept = [];
        bytes = 0;
        return session.close(TRY_AGAIN_LATER, 'too slow');
      }
      keep(frame.startsWith('[') ? frame.slice(1, -1) : frame);
      if (asked) backlog.excuse(bytes);
      answerHeld();
    },
    ready: () => drain.below(settings.maxBufferedBytes),
    calm: () => drain.below(settings.maxBufferedBytes / 2),
    close(code, reason) {
      if (state !== 'on') return;
      state = 'closed';
      closedWith = code;
      keep(closeEvent(code, reason));
      drain.look();
      answerHeld();
    },
  });
  /** What was answered up to there has arrived. */
  const forgetUpTo = (cursor: number): void => {
    const arrived = kept.length - (newest - cursor);
    for (const inside of kept.splice(0, Math.max(0, arrived))) bytes -= inside.length;
    drain.look();
  };
  const forget = atClose(async () => {
    const was = held;
    session.close(SERVICE_RESTART, 'the server restarts'); // which answers whoever waits
    leave();
    await was?.asker.end();
  });
  idle();

  const poll = (asker: Asker, { cursor, waitS }: PollQuestion): boolean => {
    // what was forgotten because it had arrived cannot be told again
    const isPast = state === 'on' && cursor !== undefined && cursor < newest - kept.length;
    if (state === 'gone' || isPast || (cursor ?? 0) > newest) return false;
    release()?.asker.answer(204); // without a cursor: it told nothing
    forgetUpTo(cursor ?? 0);
    if (state === 'closed' && kept.length === 0) {
      leave(); // it knows that it ended
      return false;
    }
    // the first answer says that there is a wire
    if (kept.length > 0 || cursor === undefined || waitS === 0) {
      reply(asker);
      idle();
      return true;
    }
    cancelIdle?.();
    const now: Held = { asker, cancel: systemClock.after(waitS * 1_000, answerHeld) };
    held = now;
    asker.onGone(() => {
      if (held === now) release();
    });
    return true;
  };
  return { session, heard: () => state === 'on', poll, replaced: leave };
}
