// The page's end of one wire in a worker: what the worker heard goes to the sink, what is sent goes to the worker. Knows no Worker.

import { RealtimeError } from '../base/error.js';
import { guarded, reportOutOfBand } from '../base/report.js';
import { settle } from '../base/settle.js';
import type { Auth } from './auth.js';
import { refusal } from './credentials.js';
import type { Data, Dial, Sink, Wire, WireEnd } from './transport.js';
import type { WorkerLink } from './worker-link.js';
import {
  type Answer,
  buffersOf,
  endOf,
  type Facts,
  faultOf,
  plainEnd,
  plainError,
  sizeOf,
  type Word,
} from './worker-words.js';

/** What is learnt of a transport over the wires that it makes. */
export interface Known {
  facts: Facts;
  /** So many frames may be on their way to the worker. */
  atOnce: number;
}

/** Until a wire turns out to take one at a time, as one over requests does. */
export const AT_ONCE = 64;

export interface PageWireParts {
  readonly sink: Sink;
  readonly dial: Dial;
  readonly of: string | undefined;
  readonly options: { readonly given?: unknown; readonly auth?: Auth | undefined };
  readonly known: Known;
  readonly link: WorkerLink;
  readonly release: () => void;
}

export function openPageWire({ sink, dial, of, options, known, link, release }: PageWireParts): Wire {
  const auth = typeof dial.auth === 'object' ? dial.auth : options.auth;
  /** Sizes of what the worker has not seen yet, oldest first. */
  const coming: number[] = [];
  /** Of this tick: one message takes them all. */
  let tick: Data[] = [];
  let held = 0;
  let opened = false;
  let blocked = false;
  let refused = false; // `send` said no, and somebody waits for the word that it may
  let over = false;
  let closed = false; // by its owner
  let spent: boolean | undefined;

  const leave = (): void => {
    over = true;
    link.leave(id);
    release();
  };
  const end = (how: WireEnd, left = 0): void => {
    if (over) return;
    leave();
    const lost = coming.length + left;
    // a session says again what was not acknowledged
    if (lost > 0 && !dial.session)
      guarded(sink.fault, new RealtimeError('lost', `The link ended before ${lost} sent messages had left.`));
    if (!closed) sink.ended(how);
  };
  const flush = (): void => {
    if (tick.length > 0) link.post({ t: 'send', wire: id, frames: tick }, buffersOf(tick));
    tick = [];
  };

  const answer = (ask: number, asked: Answer): void => {
    if (!over) link.post({ t: 'token', wire: id, ask, answer: asked });
  };
  /** The first frame is made here: a function does not cross. */
  const firstOf = (token: string | null): { readonly first?: Extract<Answer, { token: unknown }>['first'] } => {
    if (token === null || !auth?.message || auth.via !== 'message') return {};
    try {
      return { first: auth.message(token) };
    } catch (error) {
      return { first: plainError(error) };
    }
  };

  const hear = ([, ...word]: Word): void => {
    switch (word[0]) {
      case 'made':
        known.facts = word[1];
        return;
      case 'flow': {
        coming.splice(0, word[1].came);
        // one that is closing says no as well, and never yes again
        if (blocked && !word[1].blocked) known.atOnce = 1;
        ({ held, blocked, spent } = word[1]);
        if (!refused || !hasRoom()) return;
        refused = false;
        return sink.writable();
      }
      case 'ask': {
        const [, ask, reason] = word;
        return settle(
          () => auth?.getToken(reason) ?? null,
          (token) => answer(ask, { token, ...firstOf(token) }),
          (error) => answer(ask, { error: plainError(error) }),
        );
      }
      case 'frames': {
        const [, frames, meta] = word;
        for (const frame of frames) {
          if (over) return;
          try {
            sink.frame(frame, meta);
          } catch (error) {
            reportOutOfBand(error); // the others are no fault of it
          }
        }
        return;
      }
      case 'opened':
        opened = true;
        refused = false;
        return sink.opened();
      case 'cursor':
        return sink.cursor(word[1]);
      case 'retryDelay':
        return sink.retryDelay(word[1]);
      case 'continuity':
        return sink.continuity(word[1]);
      case 'fault':
        return sink.fault(faultOf(word[1]), word[2]);
      case 'reopening':
        return sink.reopening(endOf(word[1]));
      case 'ended':
        return end(endOf(word[1]), word[2]);
      case 'pulse':
      case 'moved':
        return sink[word[0]]();
    }
  };
  const hasRoom = (): boolean => opened && !over && !blocked && coming.length < known.atOnce;

  const id = link.add({
    hear: (word) => guarded(hear, word),
    end: (how) => end(how.why === 'lost' && !opened ? { ...how, why: 'refused' } : how),
  });
  const { credentials, cursor, session, maxMessageBytes } = dial;
  const said = dial.auth === undefined ? undefined : ('said' as const);
  const asked = auth && { via: auth.via, queryName: auth.queryName, hasMessage: auth.message !== undefined };
  settle(
    () => (typeof options.given === 'function' ? (options.given as () => unknown)() : options.given),
    (given) => {
      const order = { of, given, credentials, cursor, session, maxMessageBytes, auth: asked ?? said };
      if (!over) link.post({ t: 'dial', wire: id, dial: order });
    },
    (error) => end(refusal(error)),
  );

  return {
    send(data) {
      if (!hasRoom()) {
        refused = !over;
        return false;
      }
      coming.push(sizeOf(data));
      // whoever sends may go on to use its bytes
      if (tick.push(typeof data === 'string' ? data : data.slice()) === 1) queueMicrotask(flush);
      return true;
    },
    get bufferedAmount() {
      return over ? 0 : coming.reduce((sum, size) => sum + size, held);
    },
    get spent() {
      return spent;
    },
    ends(how) {
      flush();
      link.post({ t: 'ends', wire: id, end: plainEnd(how) });
    },
    close(code, reason) {
      closed = true;
      if (over) return;
      flush();
      link.post({ t: 'close', wire: id, code, reason });
      leave();
    },
  };
}
