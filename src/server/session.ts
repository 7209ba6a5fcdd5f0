// One client's session by docs/protocol.md: hello, its frames strictly in order, its end. No sockets in here.

import { createBudget } from '../base/budget.js';
import type { Cancel } from '../base/clock.js';
import { readClientFrame } from '../protocol/read-frames.js';
import { CLOSE, type ClientEvent, type ErrorCode, ROOMS_VERSION, type User } from '../protocol/rooms-frames.js';
import type { Lease } from './connections.js';
import { type About, aboutOf } from './about.js';
import { createDesk, type Desk } from './desk.js';
import { isIdentity, readIdentity } from './identity.js';
import { createOutbound } from './outbound.js';
import type { Identity, SessionServices, SessionWire } from './session-services.js';
import { costOf } from './cost.js';
import { createThrottle, type Throttle, type ThrottleParts } from './throttle.js';
import { welcomeOf, whole } from './welcome.js';

export interface Session {
  /** What the client said. */
  receive(frame: string): void;
  /** The wire is gone. What came over it counts still; the client has its grace to come back. */
  lost(): void;
  /** The client ended it: when what it said before is done, others hear of it. */
  bye(): void;
  /** The server ends it. */
  close(code: number, reason: string): void;
}

/** Since its hello. */
interface Greeted {
  readonly key: string;
  readonly lease: Lease;
  readonly user: User;
  readonly throttle: Throttle | undefined;
  readonly desk: Desk;
}

const TRY_AGAIN_LATER = 1013;
const PING = '{"t":"ping"}';
const PONG = '{"t":"pong"}';
/** More events in a frame, or frames that wait, are too much. */
const MAX_EVENTS = 10_000;
/** Timers take no more than 24 days. */
const DAY_MS = 86_400_000;

export function createSession(services: SessionServices, wire: SessionWire): Session {
  const { clock, connections, settings } = services;
  const outbound = createOutbound(clock, (frame, asked) => wire.send(frame, asked));
  let queue: string[] = [];
  let queued = 0; // characters
  let draining = false;
  let state: 'on' | 'lost' | 'over' = 'on';
  let greeted: Greeted | undefined;
  let cancelExpiry: Cancel | undefined;
  const mayReport = createBudget(clock, 10, 1_000); // a flood is no flood of reports

  const over = (): boolean => state === 'over';
  const say = (event: string, asked?: boolean): void => void (state === 'on' && outbound.say(event, asked));
  const refuse = (code: ErrorCode, message: string, about: About = {}): void => {
    if (code !== 'rate-limited') wire.onRefused?.(code, message, about.room); // else by `limited`
    say(JSON.stringify({ t: 'error', code, message, ...about }));
  };
  const quit = (next: 'lost' | 'over'): void => {
    if (state === 'on') {
      cancelHello?.();
      cancelExpiry?.();
      greeted?.desk.stop();
      greeted?.throttle?.stop();
      greeted?.lease.lost();
    }
    state = next;
    if (next === 'over') queue = [];
  };
  const close = (code: number, reason: string): void => {
    if (state !== 'on') return;
    outbound.flush();
    quit('over');
    wire.close(code, reason);
  };
  let cancelHello: Cancel | undefined = clock.after(settings.helloTimeoutMs, () => close(CLOSE.timeout, 'no hello'));
  const expireAt = (at: number): void => {
    cancelExpiry?.();
    cancelExpiry = clock.after(Math.min(at - clock.now(), DAY_MS), () => {
      if (clock.now() < at) expireAt(at);
      else close(CLOSE.unauthorized, 'the credentials have expired');
    });
  };

  /** Whom the token stands for; closes where it is nobody. */
  const identify = async (key: string, token: string | null | undefined): Promise<Identity | undefined> => {
    const found = readIdentity(await wire.authenticate(token ?? undefined, key));
    if (state !== 'on') return undefined;
    if (isIdentity(found)) return found;
    close(found.refuse, found.reason ?? '');
    return undefined;
  };
  const begin = ({ expiresInMs }: Identity): { readonly expiresInMs?: number } => {
    cancelExpiry?.();
    if (expiresInMs === undefined || expiresInMs === Infinity) return {};
    expireAt(clock.now() + expiresInMs);
    return { expiresInMs: whole(expiresInMs) };
  };
  const hello = async ({ v, key, n, token }: Extract<ClientEvent, { readonly t: 'hello' }>): Promise<void> => {
    if (v < 1) return close(CLOSE.noCommonVersion, `this server speaks version ${ROOMS_VERSION}`);
    const identity = await identify(key, token);
    if (!identity) return;
    const { expiresInMs: _, ...user } = identity;
    cancelHello?.();
    cancelHello = undefined; // it holds its timer for as long as it is held
    const lease = connections.claim(key, user, n, close);
    // it was given up, and came when a later one was here
    if (lease === 'late') return close(CLOSE.replaced, 'another wire has this key');
    if (lease === 'full') return close(CLOSE.tooMuch, 'too many connections of this user (maxConnectionsPerUser)');
    const limited: ThrottleParts['limited'] = (option, room) => {
      if (mayReport()) wire.onRefused?.('rate-limited', `Too fast (${option}).`, room);
    };
    const tooMuch = (): void => close(CLOSE.tooMuch, 'too fast for too long (maxRefusals)');
    const { rates } = services;
    const throttle = rates && createThrottle({ clock, own: lease.bucket, rates, limited, tooMuch });
    const onRoom = (event: 'joined' | 'left', room: string): void => wire.onRoom?.(event, room);
    const desk = createDesk({ services, lease, user, throttle, say, refuse, onRoom, calm: () => wire.calm?.() });
    greeted = { key, lease, user, throttle, desk };
    const welcome = welcomeOf(user, lease.connection, settings);
    say(JSON.stringify({ ...welcome, ...begin(identity) }));
  };
  const renew = async (token: string, { key, user, desk }: Greeted): Promise<void> => {
    const identity = await identify(key, token);
    if (!identity) return;
    if (identity.id !== user.id) return close(CLOSE.forbidden, 'these are the credentials of somebody else');
    say(JSON.stringify({ t: 'authed', ...begin(identity) }));
    const { expiresInMs: _, ...next } = identity;
    await desk.recheck(next);
  };

  const handle = async (event: ClientEvent): Promise<void> => {
    if (!greeted)
      return event.t === 'hello' ? hello(event) : close(CLOSE.notThisProtocol, 'hello comes before everything else');
    switch (event.t) {
      case 'hello':
        return refuse('bad-request', 'Hello was said already.');
      case 'auth':
        return state === 'on' ? renew(event.token, greeted) : undefined;
      case 'ping':
        return say(PONG);
      case 'pong':
        return;
      case 'bye':
        outbound.flush(); // the answers to what it said before
        quit('over');
        greeted.lease.bye();
        return wire.close(1000, 'bye');
      default:
        return greeted.desk.handle(event);
    }
  };
  const handleFrame = async (frame: string): Promise<void> => {
    const found = readClientFrame(frame);
    if (found.length > MAX_EVENTS) return close(CLOSE.tooMuch, `a frame has ${MAX_EVENTS} events at most`);
    // what answers a frame of many events goes out together
    const release = found.length > 1 ? outbound.hold() : undefined;
    for (const read of found) await handleRead(read);
    release?.();
  };
  const handleRead = async (read: ReturnType<typeof readClientFrame>[number]): Promise<void> => {
    // who does not read what it asked for waits before it may ask for more
    await wire.ready?.();
    const cost = greeted ? costOf(read) : 0;
    if (cost > 0) await greeted?.throttle?.turn(cost);
    if (over()) return;
    if (!('event' in read) && !greeted) return close(CLOSE.notThisProtocol, 'hello comes before everything else');
    if ('unknown' in read) refuse('unsupported', 'This server does not know that type.');
    else if ('wrong' in read) refuse('bad-request', read.wrong, aboutOf(read.value));
    else await attempt(read.event);
  };
  const attempt = async (event: ClientEvent): Promise<void> => {
    try {
      await handle(event);
    } catch (error) {
      // the backplane failed, or the user's own authenticate
      const about = aboutOf({ ...event });
      services.onError?.(error, about.room ?? null);
      if (greeted && event.t !== 'auth') refuse('unavailable', 'Not now: try again.', about);
      else close(TRY_AGAIN_LATER, 'not now');
    }
  };
  const drain = async (): Promise<void> => {
    draining = true;
    for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
      try {
        await handleFrame(frame);
      } catch {
        close(CLOSE.notThisProtocol, 'a frame that is not of this protocol');
      }
      queued -= frame.length;
    }
    draining = false;
  };
  const receive = (frame: string): void => {
    if (state !== 'on') return;
    // whoever asks so wants to know whether it gets through, and not whether the rest is done
    if (frame === PING && greeted) return say(PONG);
    queue.push(frame);
    queued += frame.length;
    if (queue.length > MAX_EVENTS || queued > 4 * settings.maxMessageBytes)
      return close(CLOSE.tooMuch, 'more at once than the server takes');
    if (!draining) void drain();
  };

  return {
    receive,
    lost: () => {
      if (state === 'on') quit('lost');
    },
    bye() {
      receive('{"t":"bye"}');
      if (state === 'on') quit('lost'); // whatever hangs, others wait no longer than the grace
    },
    close,
  };
}
