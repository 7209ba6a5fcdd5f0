// Makes the world match the phase: at most one wire and one alarm. Never names a transport or a protocol.

import { createAlarm } from '../base/alarm.js';
import { createCell } from '../base/cell.js';
import { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import { createMailbox } from '../base/mailbox.js';
import type { Readable } from '../base/readable.js';
import { guarded } from '../base/report.js';
import { createSignal, type Signal } from '../base/signal.js';
import type { Protocol, Session } from '../protocol/protocol.js';
import type { Data, Frame, Transport, Wire, WireEnd } from '../transport/transport.js';
import { createAnnounce, type Letter } from './announce.js';
import type { Delivery, SendOptions } from './delivery.js';
import { watchEnvironment } from './environment.js';
import { guardSink } from './guard-sink.js';
import { type ConnectionOptions, hiddenGraceMs, policyOf, wrongOption } from './options.js';
import { idlePhase, next, type Phase } from './phase.js';
import type { KeptSends } from './keeping.js';
import { createSender } from './sender.js';
import { type ConnectionState, type Notice, restingState } from './status.js';
import { untilOpen } from './until-open.js';

export interface Connection<E, C> extends Readable<ConnectionState> {
  /** Each event from the far end, at once. */
  readonly events: Signal<E>;
  readonly notices: Signal<Notice>;
  readonly bufferedAmount: number;
  send(command: C, options?: SendOptions): Delivery;
  /** Resolves when nothing waits to be sent and the wire holds little: a producer may go on. Never rejects. */
  drained(): Promise<void>;
  /** Opens, unless it is already wanted open. */
  connect(): void;
  /** Closes, empties the outbox and stays closed, whatever page and network do, until `connect` or `reconnect`. */
  disconnect(code?: number, reason?: string): void;
  /** Replaces the wire, or dials at once. Resolves when open; rejects with the reason if this attempt fails. */
  reconnect(): Promise<void>;
  /** The options are others now: an open link is watched by the new ones from here on. */
  review(): void;
  /** Back to rest: no wire, timer or listener is left. */
  stop(): void;
}

export interface ConnectionParts<E, C> {
  readonly transport: Transport;
  readonly protocol: Protocol<E, C>;
  /** Read late: a new policy holds from the next decision on. */
  readonly options: () => ConnectionOptions;
  readonly host: Host;
}

export function createConnection<E, C>(parts: ConnectionParts<E, C>): Connection<E, C> {
  const { transport, protocol, options, host } = parts;
  const { clock } = host;
  const events = createSignal<E>();
  const notices = createSignal<Notice>();
  const state = createCell(restingState);

  let phase = idlePhase;
  let wire: Wire | undefined;
  let wireDial = 0; // the dial that `wire` belongs to; 0: there is none
  let dialledIn = 0; // the round of the mailbox in which it was dialled
  let heardAt = 0;
  let answered = true;
  let cursor: string | undefined;
  let serverDelayMs = 0;

  // a transition always completes before the next begins, whoever calls in meanwhile
  const mailbox = createMailbox();
  const post = (letter: Letter, after?: () => void): void => mailbox.post(() => (step(letter), after?.()));
  const environment = watchEnvironment(host, () => hiddenGraceMs(options()), post);
  const onError = (error: RealtimeError): void => notices.emit({ type: 'error', error });
  let kept: KeptSends | undefined;
  const keep = (): KeptSends | undefined =>
    (kept ??= options().outbox?.storage?.sends({
      ...{ host, onError, options: () => options().outbox ?? {}, address: () => transport.address },
      restored: (sends) => sender.restore(sends),
    }));
  const sender = createSender({
    ...{ clock, options, lost: onError, keep: (send) => keep()?.add(send) },
    group: (frames) => (protocol.group as (frames: readonly Data[]) => Data)(frames), // without it nothing was dialled
    bufferedAmount: () => wire?.bufferedAmount ?? 0,
    write: (data) => phase.name === 'open' && wire !== undefined && wire.send(data),
    refusal() {
      if (transport.readOnly) return new RealtimeError('unsupported', transport.readOnly);
      return phase.name === 'closed' ? new RealtimeError('lost', 'The link is closed: connect() first.') : undefined;
    },
    changed: () => (setAlarm(), state.change({ queued: sender.size })),
  });

  const giveUp = (why: string): void => sender.clear(new RealtimeError('lost', `Not sent: ${why}.`));
  const announce = createAnnounce({ clock, state, notices, sender, giveUp, mailbox, name: () => transport.name });

  const step = (letter: Letter): void => {
    const before = phase;
    const now = clock.now();
    phase = next(before, letter, policyOf(options(), transport.renewable, serverDelayMs, host.random), {
      now,
      heardAt,
      answered,
      askedAt: protocol.askedAt?.() ?? Infinity,
      ...environment.facts(now),
      hasty: dialledIn === mailbox.round,
      spent: wire?.spent ?? false,
    });
    if (phase !== before) {
      if (before.name === 'idle') keep()?.open();
      matchWire(before, letter);
      environment.watch(phase.name !== 'idle' && phase.name !== 'closed' && phase.name !== 'failed');
      announce(phase, before, letter);
    }
    setAlarm();
  };

  // --- a wire exists if and only if the phase is opening or open
  const matchWire = (before: Phase, letter: Letter): void => {
    const wanted = phase.name === 'opening' || phase.name === 'open' ? phase.dial : 0;
    if (wanted !== wireDial) {
      const old = wire;
      wire = undefined;
      wireDial = wanted;
      old?.close(letter.code ?? (letter.type === 'due' ? 4408 : 1000), letter.reason);
      if (wanted) dial(wanted);
    }
    if (phase.name === 'open' && phase.pingAt !== null && before.pingAt !== phase.pingAt) {
      answered = false;
      const ping = guarded(protocol.ping);
      if (ping !== undefined) wire?.send(ping);
    }
  };

  const dial = (mine: number): void => {
    let session: Session | undefined;
    const isCurrent = (): boolean => wireDial === mine;
    const heard = (): void => {
      heardAt = clock.now();
      answered = true;
    };
    // a turn each: whoever hangs up inside one is obeyed after all have heard it, and before the next
    const inTurn = <T>(say: (value: T) => void): ((value: T) => void) => mailbox.turnOf(isCurrent, say);
    const tell = inTurn(notices.emit);
    const fault = (error: RealtimeError, frame?: Frame): void => tell({ type: 'fault', error, frame });
    const start = (): Session =>
      protocol.start({
        clock,
        asked: () => post({ type: 'review' }),
        event: inTurn(events.emit),
        pong: () =>
          phase.name === 'open' && phase.pingAt !== null && state.change({ latencyMs: clock.now() - phase.pingAt }),
        fault,
        ended: inTurn((end: WireEnd) => (wire?.ends ? wire.ends(end) : step({ type: 'ended', end }))),
      });
    const sink = guardSink(
      {
        opened: () => step({ type: 'opened' }),
        frame: (frame, meta) => session?.receive(frame, meta),
        pulse: () => {},
        cursor: (id) => void (cursor = id || undefined),
        retryDelay: (ms) => void (serverDelayMs = ms),
        continuity(resumed) {
          state.change({ resumed });
          if (!resumed) notices.emit({ type: 'gap', after: cursor });
        },
        writable: () => sender.drain(),
        fault,
        reopening: (end) => step({ type: 'reopening', end }),
        moved() {
          session = start();
          step({ type: 'moved' });
        },
        ended: (end) => step({ type: 'ended', end }),
      },
      isCurrent,
      heard,
      mailbox,
    );
    heard();
    const wrong = wrongOption(options(), protocol);
    if (wrong) return sink.ended({ why: 'refused', verdict: 'failed', kind: 'config', reason: wrong });
    session = start();
    const credentials = phase.renewing ? 'expired' : phase.attempt || phase.hadOpen ? 'refresh' : 'connect';
    const { maxMessageBytes = 2 ** 22 } = options();
    dialledIn = mailbox.round;
    const dialled = transport.dial(sink, { host, credentials, cursor, maxMessageBytes });
    if (isCurrent()) wire = dialled;
    else dialled.close();
  };
  // --- at most one alarm, never later than what is due
  const alarm = createAlarm(clock, () => {
    const now = clock.now();
    sender.tick();
    if (now >= environment.parkAt) post({ type: 'park' });
    // a timer may be early by a fraction: then it is set again
    if (now >= phase.due) post({ type: 'due' });
    setAlarm();
  });
  const setAlarm = (): void =>
    alarm.set(Math.min(phase.due, phase.name === 'parked' ? Infinity : environment.parkAt, sender.dueAt));

  return {
    events,
    notices,
    getSnapshot: state.getSnapshot,
    subscribe: state.subscribe,
    get bufferedAmount() {
      return wire?.bufferedAmount ?? 0;
    },
    send: (command, sendOptions) => sender.send(protocol.encode(command), sendOptions),
    drained: sender.drained,
    connect: () => post({ type: 'start' }),
    disconnect: (code, reason) => post({ type: 'disconnect', code, reason }),
    stop: () =>
      post({ type: 'stop' }, () => {
        giveUp('nobody held the link any longer');
        if (phase.name === 'idle') kept?.close();
      }),
    review: () => post({ type: 'review' }),
    reconnect: () => untilOpen(state, (begun) => post({ type: 'restart' }, begun)),
  };
}
