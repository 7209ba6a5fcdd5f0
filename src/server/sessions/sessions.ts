// Clients' sessions by docs/protocol.md: hello, the frames of each strictly in order, its end. No sockets in here.

import { createBudget } from '../../base/budget.js';
import { readClientFrame } from '../../protocol/read-frames.js';
import { CLOSE, type ClientEvent, type ErrorCode } from '../../protocol/rooms-frames.js';
import { TRY_AGAIN_LATER } from '../closing.js';
import { type About, aboutOf } from './about.js';
import { costOf } from './cost.js';
import { createDesk } from './desk.js';
import { createGreeting } from './greeting.js';
import { createIntake } from './intake.js';
import { createOutbound } from './outbound.js';
import { type Greeted, isGreeted, type Live, type Session } from './session.js';
import type { SessionServices, SessionWire } from './session-services.js';
import { createThrottle } from './throttle.js';

const PING = '{"t":"ping"}';
const PONG = '{"t":"pong"}';
const BYE = '{"t":"bye"}';
/** More events in a frame, or frames that wait, are too much. */
const MAX_EVENTS = 10_000;

/** `V`: what is known of a visitor. */
export interface Sessions<V> {
  open(wire: SessionWire, visitor: V): Session;
}

export function createSessions<V>(services: SessionServices<V>): Sessions<V> {
  const { clock, connections, settings, rates } = services;
  const outbound = createOutbound(clock);
  const intake = createIntake<Live<V>>({
    clock,
    soon: services.soon ?? queueMicrotask,
    onTurn: (session) => (session.isHeld ? () => {} : outbound.hold(session)),
  });

  const say = (session: Live<V>, event: string, asked?: boolean): void => {
    if (session.state === 'on') outbound.say(session, event, asked);
  };
  const refuse = (session: Live<V>, code: ErrorCode, message: string, about: About = {}): void => {
    if (code !== 'rate-limited') services.onRefused?.(code, message, about.room, session.visitor); // else by `limited`
    say(session, JSON.stringify({ t: 'error', code, message, ...about }));
  };
  const throttle =
    rates &&
    createThrottle<Greeted<V>>({
      ...{ clock, rates },
      bucketOf: (session) => connections.bucket(session.connection),
      limited(session, option, room) {
        const mayReport = (session.mayReport ??= createBudget(clock, 10, 1_000));
        if (mayReport()) services.onRefused?.('rate-limited', `Too fast (${option}).`, room, session.visitor);
      },
      tooMuch: (session) => session.close(CLOSE.tooMuch, 'too fast for too long (maxRefusals)'),
    });
  const desk = createDesk<Greeted<V>>({
    ...{ services, throttle, say, refuse },
    calm: (session) => session.wire.calm?.(),
    onRoom: (session, event, room) => services.onRoom?.(event, room, session.visitor),
  });

  const quit = (session: Live<V>, next: 'lost' | 'over'): void => {
    const wasOn = session.state === 'on';
    session.state = next;
    if (next === 'over' && session.queue) session.queue.length = 0;
    if (!wasOn) return;
    intake.waiting(session, 0); // what it says of its own end is heard
    session.cancelTimer?.();
    session.cancelTimer = undefined;
    if (!isGreeted(session)) return;
    desk.stop(session);
    throttle?.stop(session);
    connections.lost(session.connection, session);
  };
  const close = (session: Live<V>, code: number, reason: string): void => {
    if (session.state !== 'on') return;
    outbound.flush(session);
    quit(session, 'over');
    services.onClose?.(code, reason, session.visitor);
    session.wire.close(code, reason);
  };
  const { hello, renew } = createGreeting<V>({ services, say, close });

  const handle = async (session: Live<V>, event: ClientEvent): Promise<void> => {
    if (!isGreeted(session)) {
      if (event.t === 'hello') return hello(session, event);
      return close(session, CLOSE.notThisProtocol, 'hello comes before everything else');
    }
    switch (event.t) {
      case 'hello':
        return refuse(session, 'bad-request', 'Hello was said already.');
      case 'auth':
        return session.state === 'on' ? renew(session, event.token, desk.recheck) : undefined;
      case 'ping':
        return say(session, PONG);
      case 'pong':
        return;
      case 'bye':
        outbound.flush(session); // the answers to what it said before
        quit(session, 'over');
        connections.bye(session.connection, session);
        return session.wire.close(1000, 'bye');
      default:
        return desk.handle(session, event);
    }
  };
  const handleRead = async (session: Live<V>, read: ReturnType<typeof readClientFrame>[number]): Promise<void> => {
    // who does not read what it asked for waits before it may ask for more
    const ready = session.wire.ready?.();
    if (ready) await ready;
    const cost = session.state === 'on' ? costOf(read) : 0;
    if (cost > 0 && isGreeted(session)) await throttle?.turn(session, cost);
    if (session.state === 'over') return;
    if (!('event' in read) && !isGreeted(session))
      return close(session, CLOSE.notThisProtocol, 'hello comes before everything else');
    if ('unknown' in read) refuse(session, 'unsupported', 'This server does not know that type.');
    else if ('wrong' in read) refuse(session, 'bad-request', read.wrong, aboutOf(read.value));
    else await attempt(session, read.event);
  };
  const attempt = async (session: Live<V>, event: ClientEvent): Promise<void> => {
    try {
      await handle(session, event);
    } catch (error) {
      // the backplane failed, or the user's own authenticate
      const about = aboutOf({ ...event });
      services.onError?.(error, about.room ?? null);
      if (isGreeted(session) && event.t !== 'auth') refuse(session, 'unavailable', 'Not now: try again.', about);
      else close(session, TRY_AGAIN_LATER, 'not now');
    }
  };
  const handleFrame = async (session: Live<V>, frame: string): Promise<void> => {
    const found = readClientFrame(frame);
    if (found.length > MAX_EVENTS) return close(session, CLOSE.tooMuch, `a frame has ${MAX_EVENTS} events at most`);
    // what answers a frame of many events goes out together
    const release = found.length > 1 ? outbound.hold(session) : undefined;
    for (const [index, read] of found.entries()) {
      const later = session.state === 'over' ? undefined : intake.event(session, index);
      if (later) await later;
      await handleRead(session, read);
    }
    release?.();
  };
  const watch = (session: Live<V>, { length }: string[]): void =>
    intake.waiting(session, length, length > 0 && session.queued > 2 * settings.maxMessageBytes);
  const drain = async (session: Live<V>, queue: string[]): Promise<void> => {
    for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
      const later = intake.frame(session);
      if (later) await later;
      try {
        await handleFrame(session, frame);
      } catch {
        close(session, CLOSE.notThisProtocol, 'a frame that is not of this protocol');
      }
      session.queued -= frame.length;
      watch(session, queue);
    }
    session.queue = undefined;
  };
  const receive = (session: Live<V>, frame: string): void => {
    if (session.state !== 'on') return;
    // whoever asks so wants to know whether it gets through, and not whether the rest is done
    if (frame === PING && isGreeted(session)) return say(session, PONG);
    const isDraining = session.queue !== undefined;
    const queue = (session.queue ??= []);
    session.queued += frame.length;
    if (queue.push(frame) > MAX_EVENTS || session.queued > 4 * settings.maxMessageBytes)
      return close(session, CLOSE.tooMuch, 'more at once than the server takes');
    watch(session, queue);
    if (!isDraining) void drain(session, queue);
  };
  const methods: Session & ThisType<Live<V>> = {
    receive(frame) {
      receive(this, frame);
    },
    lost() {
      if (this.state === 'on') quit(this, 'lost');
    },
    bye() {
      receive(this, BYE);
      this.lost(); // whatever hangs, others wait no longer than the grace
    },
    close(code, reason) {
      close(this, code, reason);
    },
  };
  return {
    open(wire, visitor) {
      // not composed of others: what is spread into an object may give each its own shape, and that is 800 bytes
      const session: Live<V> = {
        wire,
        visitor,
        state: 'on',
        connection: undefined,
        user: undefined,
        key: '',
        seats: undefined,
        queue: undefined,
        queued: 0,
        frames: 0,
        sinceMs: 0,
        isHeavy: false,
        left: 0,
        isPaused: false,
        cancelTimer: undefined,
        mayReport: undefined,
        waiting: undefined,
        size: 0,
        wasAsked: false,
        isHeld: false,
        pace: undefined,
        turn: undefined,
        receive: methods.receive,
        lost: methods.lost,
        bye: methods.bye,
        close: methods.close,
      };
      session.cancelTimer = clock.after(settings.helloTimeoutMs, () => close(session, CLOSE.timeout, 'no hello'));
      return session;
    },
  };
}
