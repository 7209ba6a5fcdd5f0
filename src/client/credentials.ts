// As whom a client comes: one question at a time, one answer for all who need it, forgotten whole. Knows no rooms.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import { settle } from '../base/settle.js';
import type { Protocol } from '../protocol/protocol.js';
import type { ServerEvent } from '../protocol/rooms-frames.js';
import type { Auth, AuthReason } from '../transport/auth.js';
import { refusal } from '../transport/credentials.js';
import { redact, redactCause, redactEnd } from '../transport/redact.js';
import type { Transport, Wire, WireEnd } from '../transport/transport.js';
import type { Greeting } from './greeting.js';
import { createRefresh, PATIENCE_MS } from './refresh.js';

/** Credentials of a client of rooms. */
export interface RealtimeAuth extends Omit<Auth, 'via' | 'message'> {
  /**
   * How the token travels. 'message' (default): in `hello`, the same on every transport. 'header', 'query', 'subprotocol': on the
   * requests of the transports that can carry it so; the others are passed over. 'cookie': `getToken` sets it, and what it returns goes
   * nowhere.
   */
  readonly via?: Auth['via'];
  /** How long before they expire new ones are asked for, on the link that stands; half of their life at the earliest. Default 30,000. */
  readonly refreshBeforeMs?: number | undefined;
}

type Answer = string | null | Promise<string | null>;

export interface Credentials {
  /** `transport`, dialled with a token. */
  carry(transport: Transport): Transport;
  /** Nothing that it says of an end, a refusal or a frame shows a token. */
  hush<C>(protocol: Protocol<ServerEvent, C>): Protocol<ServerEvent, C>;
  /** Who one wire's `hello` asks, and what it says of the answer. Nothing: there is nobody to ask. */
  forHello(): Pick<Greeting, 'getToken' | 'used'>;
  /** The server says how long they hold. */
  hold(expiresInMs: number | undefined): void;
  /** Nothing is kept of who we were. */
  forget(): void;
}

export interface CredentialsParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly auth: () => RealtimeAuth | undefined;
  readonly say: (event: object) => void;
}

/** Tokens that are hidden: of more than that the oldest have ended. */
const MAX_SECRETS = 20;
const WAYS: readonly unknown[] = ['message', 'header', 'query', 'subprotocol', 'cookie'];

export function createCredentials({ clock, random, auth, say }: CredentialsParts): Credentials {
  let asking: { readonly since: number; readonly answer: Promise<string | null> } | undefined;
  let current: string | null = null; // the one that is shown
  let secrets: readonly string[] = []; // the newest, it among them: a wire outlives what was asked for beside it
  let end: ((how: WireEnd) => void) | undefined; // of the wire that is dialled, or stands
  let stands = false;

  const via = (): NonNullable<Auth['via']> => auth()?.via ?? 'message';
  const keep = (token: string | null): string | null => {
    current = typeof token === 'string' ? token : null; // whatever a function without types answers
    if (current !== null) secrets = [current, ...secrets.filter((each) => each !== current)].slice(0, MAX_SECRETS);
    return current;
  };
  const hide = (text: string): string => redact(text, auth()?.queryName, secrets);

  const ask = (reason: AuthReason): Answer => {
    // one that never answers must not keep everybody waiting for ever
    if (asking && clock.now() - asking.since < PATIENCE_MS) {
      const refused = current;
      // it may have been asked before the far end said no to this very token
      const isStale = (token: string | null): boolean => reason === 'expired' && token !== null && token === refused;
      return asking.answer.then((token) => (isStale(token) ? ask(reason) : token));
    }
    const answer = auth()?.getToken(reason) ?? null;
    if (answer === null || typeof answer === 'string') return answer;
    const mine = (asking = { since: clock.now(), answer: Promise.resolve(answer) });
    const done = (): void => {
      if (asking === mine) asking = undefined;
    };
    mine.answer.then(done, done);
    return mine.answer;
  };

  const refresh = createRefresh({
    clock,
    random,
    beforeMs: () => auth()?.refreshBeforeMs,
    ask: () => ask('refresh'),
    show: (token) => say({ t: 'auth', token: keep(token) }),
    refused: (error) => end?.({ ...refusal(error), why: 'lost' }),
  });
  const leave = (): void => {
    refresh.stop();
    end = undefined;
    stands = false;
  };

  return {
    carry: (transport) => ({
      get name() {
        return transport.name;
      },
      get renewable() {
        return transport.renewable || auth() !== undefined;
      },
      get readOnly() {
        return transport.readOnly;
      },
      dial(sink, dial) {
        let wire: Wire | undefined;
        let over = false;
        const ended = (how: WireEnd): void => {
          if (over) return;
          over = true;
          leave();
          sink.ended(redactEnd(how, hide));
        };
        const begin = (token: string | null): void => {
          if (over) return;
          keep(token);
          const given = auth();
          // rooms say `hello` with it; whatever asks later, on a wire that stands, carries what is known by then
          const carried = given && (via() === 'message' ? 'said' : { ...given, via: via(), getToken: () => current });
          const begun = transport.dial(
            {
              ...sink,
              opened() {
                stands = true;
                sink.opened();
              },
              moved() {
                refresh.stop(); // until the welcome of the other wire
                sink.moved();
              },
              reopening(how) {
                sink.reopening(redactEnd(how, hide));
              },
              ended,
            },
            { ...dial, auth: carried },
          );
          if (over) begun.close();
          else wire = begun;
        };
        leave();
        end = ended;
        if (WAYS.includes(via()))
          settle(
            () => ask(dial.credentials),
            begin,
            (error) => ended(refusal(error)),
          );
        else ended({ why: 'refused', verdict: 'failed', kind: 'config', reason: `auth.via '${via()}' is no way` });
        return {
          send: (data) => wire?.send(data) ?? false,
          get bufferedAmount() {
            return wire?.bufferedAmount ?? 0;
          },
          get spent() {
            return wire?.spent;
          },
          ends(how) {
            if (wire?.ends) wire.ends(how);
            else ended(how);
          },
          close(code, reason) {
            if (!over) leave();
            over = true;
            wire?.close(code, reason);
          },
        };
      },
    }),
    hush: (protocol) => ({
      ...protocol,
      start: (sink) =>
        protocol.start({
          ...sink,
          event: (event) => sink.event(event.t === 'error' ? { ...event, message: hide(event.message) } : event),
          fault({ kind, message, cause }, frame) {
            sink.fault(new RealtimeError(kind, hide(message), { cause: redactCause(cause, hide) }), frame);
          },
          ended: (how) => sink.ended(redactEnd(how, hide)),
        }),
    }),
    forHello() {
      if (!auth()) return {};
      return {
        // beside a wire that stands another is tried: long after the first was asked for
        getToken: () => (stands ? ask('refresh') : current),
        // not before: who is asked may answer when the attempt is given up, and somebody else is here
        used: (token) => (keep(token), via() === 'message' ? token : null),
      };
    },
    hold(expiresInMs) {
      // a cookie is not said on a wire
      if (auth() && via() !== 'cookie') refresh.due(expiresInMs);
    },
    forget() {
      refresh.stop();
      asking = undefined;
      current = null;
      secrets = [];
    },
  };
}
