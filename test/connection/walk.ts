// The model walk of the connection: long random scripts over every verb, with a far end that talks after its time and a
// listener that calls back in from inside notifications. After every step it is checked what must always hold.

import type { Connection, ConnectionParts } from '../../src/connection/connection.js';
import type { Delivery } from '../../src/connection/delivery.js';
import type { ConnectionOptions } from '../../src/connection/options.js';
import type { Notice, Status } from '../../src/connection/status.js';
import type { Protocol } from '../../src/protocol/protocol.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedWire } from '../../src/testing/scripted-transport.js';
import type { WireEnd } from '../../src/transport/transport.js';
import type { Chance } from '../support/seed.js';

type Create = (parts: ConnectionParts<string, string>) => Connection<string, string>;

const PING = '?';
const LATE = 4_999;
const options: ConnectionOptions = {
  heartbeat: { intervalMs: 2_000, timeoutMs: 800 },
  connectTimeoutMs: 1_500,
  stableMs: 1_000,
  idleTimeoutMs: 9_000,
  pauseWhenHidden: 700,
  retry: { initialDelayMs: 200, maxDelayMs: 3_000, maxAttempts: 12 },
  outbox: { limit: 20, ttlMs: 6_000 },
};
/** An alarm may be late by a sleep, and gets one excuse of this length. */
const EXCUSE_MS = 1_000;

const ends: readonly Partial<WireEnd>[] = [
  { why: 'lost', code: 1006 },
  { why: 'lost', code: 1000 },
  { why: 'refused' },
  { why: 'refused', code: 503, retryAfterMs: 400 },
  { why: 'refused', code: 401 },
  { why: 'lost', code: 4401 },
  { why: 'lost', code: 1008 },
  { why: 'refused', code: 204, verdict: 'closed' },
  { why: 'protocol', verdict: 'failed' },
  { why: 'lost', code: 4429 },
];

/** Statuses that must not follow one another: nothing opens that was not on its way. */
const illegal: readonly `${Status}>${Status}`[] = [
  'idle>open',
  'closed>open',
  'failed>open',
  'offline>open',
  'open>connecting',
];

/** Throws, in words, where something does not hold. */
export async function walk(create: Create, chance: Chance, steps: number): Promise<void> {
  const { below, pick, random } = chance;
  const world = createManualHost({ seed: below(2 ** 31) });
  const { clock } = world;
  // timers may ring a fraction early
  const early = {
    ...clock,
    after: (ms: number, run: () => void) => clock.after(ms > 1 && below(4) === 0 ? ms - 0.5 : ms, run),
  };
  const host = { ...world, clock: early };
  const trail: string[] = [];
  // written down, not thrown: what a listener throws is reported elsewhere
  let broken: string | undefined;
  const holds = (condition: boolean, what: string): void => {
    if (!condition) broken ??= `${what}\n  after ${trail.slice(-14).join(', ')}`;
  };
  const settleAccounts = (): void => {
    if (broken !== undefined) throw new Error(broken);
  };

  // --- the far end, and what it knows
  let acceptsAtOnce = 0; // how many of the next dials open inside the dial
  const accepted = new Set<ScriptedWire>();
  const blocked = new Set<ScriptedWire>();
  let place: string | undefined; // the cursor that the newest live wire gave
  let heardAt = 0;
  const transport = createScriptedTransport({
    renewable: true,
    onDial(wire) {
      heardAt = clock.now();
      holds(wire.dial.cursor === place, `the dial carries ${wire.dial.cursor}, the last place is ${place}`);
      if (acceptsAtOnce-- > 0) {
        accept(wire);
        // said inside the dial: heard after `open` was told, if it still matters then
        wire.frame('at once');
      }
    },
  });
  const accept = (wire: ScriptedWire): void => {
    if (!wire.live || accepted.has(wire)) return;
    accepted.add(wire);
    heardAt = clock.now();
    wire.accept();
  };

  // --- the near end
  const protocol: Protocol<string, string> = {
    encode: (command) => command,
    ping: () => PING,
    start: (sink) => ({
      receive(frame) {
        if (frame === 'pong') sink.pong();
        else for (const event of (frame as string).split('+')) sink.event(event);
      },
    }),
  };
  const connection = create({ transport, protocol, options: () => options, host });

  // --- a listener that meddles, and after it one that keeps the books
  const deliveries: { delivery: Delivery; settled: number }[] = [];
  let told = 0;
  let meddling = true;
  let numbers = 0; // taken before the send: a listener may send from inside it
  const send = (ahead: boolean): void => {
    const delivery = connection.send(`${ahead ? 'ahead' : 'plain'} ${++numbers}`, {
      ...(below(8) === 0 ? { ttlMs: below(500) } : {}),
      ...(below(12) === 0 ? { volatile: true } : {}),
    });
    const record = { delivery, settled: 0 };
    deliveries.push(record);
    void delivery.done.then(() => record.settled++);
  };
  let tellingOpen = false;
  const meddle = (notice?: unknown): void => {
    if (!meddling || below(6) > 0) return;
    const verb = pick(['disconnect', 'connect', 'reconnect', 'stop', 'send', 'send', 'late end'] as const);
    trail.push(`(${verb})`);
    const outer = tellingOpen;
    tellingOpen ||= (notice as Notice | undefined)?.type === 'open';
    // what is sent while open is being told goes before what waits, also by those who hear of such a send; what is
    // sent elsewhere goes behind it
    if (verb === 'send') send(tellingOpen);
    else if (verb === 'late end') {
      // asked to be replaced, the old wire ends before its turn comes: that end is nobody's any more
      if (connection.getSnapshot().status === 'open') {
        const old = live();
        void connection.reconnect();
        old?.drop({ code: LATE });
      }
    } else void connection[verb]();
    tellingOpen = outer;
  };
  const heard: string[] = [];
  const due: string[] = [];
  let openNow = false;
  let status: Status = 'idle';
  connection.notices.on(meddle);
  connection.events.on(meddle);
  connection.subscribe(() => meddle());
  connection.events.on((event) => {
    if (event === 'at once') holds(openNow, 'a frame is heard before open was told');
    else heard.push(event);
  });
  connection.subscribe(() => {
    const { status: now } = connection.getSnapshot();
    if (now !== status) holds(!illegal.includes(`${status}>${now}`), `status goes from ${status} to ${now}`);
    status = now;
  });
  connection.notices.on((notice: Notice) => {
    told++;
    if (notice.type === 'open') {
      holds(!openNow, 'open is told twice');
      // a transition completes before the next begins: whatever was asked for meanwhile waits
      holds(
        connection.getSnapshot().status === 'open',
        `open is told while the status is ${connection.getSnapshot().status}`,
      );
      openNow = true;
    }
    if (notice.type === 'close') {
      holds(openNow, 'close is told of what was not open');
      openNow = false;
    }
    holds(notice.type !== 'error' || notice.error.code !== LATE, 'the end of a superseded wire is told');
    if (notice.type === 'error' && notice.error.kind === 'timeout') {
      const patience = notice.error.code === 4408 ? 800 : 1_500;
      holds(clock.now() - heardAt >= patience, `given up for dead ${clock.now() - heardAt} ms after it was heard`);
    }
    if (notice.type === 'error' && notice.error.kind === 'stalled')
      holds(clock.now() - heardAt >= 9_000, `called stalled ${clock.now() - heardAt} ms after it was heard`);
  });

  const check = (): void => {
    const { status: now, nextAttemptAt, queued } = connection.getSnapshot();
    const wires = transport.live;
    const opening = (now === 'connecting' || now === 'reconnecting') && nextAttemptAt === null;
    holds(wires <= 1, `${wires} wires are live`);
    holds(
      wires === (opening || now === 'open' ? 1 : 0),
      `${wires} wires while ${now}, next attempt at ${nextAttemptAt}`,
    );
    holds(openNow === (now === 'open'), `the status is ${now}, and open was${openNow ? '' : ' not'} told`);
    holds(clock.pending <= 1, `${clock.pending} alarms are set`);
    if (now === 'open' || opening || nextAttemptAt !== null) holds(clock.pending === 1 || reopened, 'no alarm is set');
    const resting = now === 'closed' || now === 'failed';
    const parked = now === 'idle' && world.watchers > 0;
    holds(!resting || world.watchers === 0, `${world.watchers} listeners at the environment while ${now}`);
    holds(!parked || world.focus.getSnapshot() !== 'visible', 'parked on a visible page');
    if (resting || (now === 'idle' && !parked)) holds(clock.pending <= (queued > 0 ? 1 : 0), 'an alarm at rest');
    holds(heard.join() === due.join(), `heard ${heard.slice(-3).join()} where ${due.slice(-3).join()} was due`);
    const wire = transport.dials.at(-1);
    if (now === 'open' && wire && !blocked.has(wire)) {
      holds(queued === 0, `${queued} sends wait though the link is open`);
      const silence = clock.now() - heardAt;
      holds(silence <= 2_000 + 800 + EXCUSE_MS, `silent for ${silence} ms and still open`);
    }
  };

  let reopened = false; // the platform dials by itself, without a time limit of ours
  const live = (): ScriptedWire | undefined => [...transport.dials].reverse().find((wire) => wire.live);
  const open = (): ScriptedWire | undefined =>
    [...transport.dials].reverse().find((wire) => wire.live && accepted.has(wire));
  let frames = 0;
  const frame = (wire: ScriptedWire, count: number): void => {
    const events = Array.from({ length: count }, () => `e${++frames}`);
    heardAt = clock.now();
    // a listener may let go of the wire inside the frame: then the rest of it is not heard
    for (const event of events) due.push(event);
    wire.frame(events.join('+'));
    if (!wire.live) due.splice(heard.length);
  };

  const verbs: Record<string, () => void> = {
    connect: () => connection.connect(),
    'connect again': () => connection.connect(),
    disconnect: () => below(3) === 0 && connection.disconnect(below(2) ? 4000 : undefined, 'bye'),
    reconnect: () => void connection.reconnect(),
    stop: () => below(4) === 0 && connection.stop(),
    review: () => connection.review(),
    send: () => send(false),
    'send more': () => send(false),
    cancel: () => void (deliveries.length > 0 && pick(deliveries).delivery.cancel()),
    accept: () => live() && accept(live()!),
    'accept soon': () => void (acceptsAtOnce = below(3)),
    drop: () => live()?.drop(pick(ends)),
    frame: () => open() && frame(open()!, 1),
    'split frame': () => open() && frame(open()!, 1 + below(4)),
    pong: () => {
      if (!open()) return;
      heardAt = clock.now();
      open()!.frame('pong');
    },
    pulse: () => {
      if (!live()) return;
      heardAt = clock.now();
      live()!.sink.pulse();
    },
    cursor: () => {
      if (!open()) return;
      heardAt = clock.now();
      place = below(5) === 0 ? undefined : `c${below(1_000)}`;
      open()!.sink.cursor(place ?? '');
    },
    'retry delay': () => {
      if (!open()) return;
      heardAt = clock.now();
      open()!.sink.retryDelay(below(500));
    },
    continuity: () => {
      if (!open()) return;
      heardAt = clock.now();
      open()!.sink.continuity(below(2) === 0);
    },
    block: () => {
      const wire = open();
      if (!wire) return;
      blocked.add(wire);
      wire.block(true);
    },
    unblock: () => {
      for (const wire of blocked) {
        if (wire.live) heardAt = clock.now();
        blocked.delete(wire);
        wire.block(false);
      }
    },
    reopening: () => {
      const wire = open();
      if (!wire || below(3) > 0) return;
      heardAt = clock.now();
      reopened = true;
      accepted.delete(wire);
      wire.sink.reopening({ why: 'lost' });
    },
    'rude talk': () => {
      const dead = transport.dials.filter((wire) => !wire.live);
      if (dead.length === 0) return;
      const { sink } = pick(dead);
      const before = [connection.getSnapshot(), told, heard.length, transport.dials.length, clock.pending] as const;
      sink.opened();
      sink.frame('from beyond');
      sink.pulse();
      sink.cursor('beyond');
      sink.retryDelay(60_000);
      sink.continuity(false);
      sink.writable();
      sink.reopening({ why: 'lost' });
      sink.ended({ why: 'lost' });
      const after = [connection.getSnapshot(), told, heard.length, transport.dials.length, clock.pending] as const;
      holds(
        before.every((value, index) => value === after[index]),
        'a dead wire changed something',
      );
    },
    offline: () => world.setOnline(false),
    online: () => world.setOnline(true),
    hide: () => world.setFocus('hidden'),
    show: () => world.setFocus('visible'),
    suspend: () => below(2) === 0 && world.setFocus('suspended'),
    'a moment': () => clock.advance(below(300)),
    'a while': () => clock.advance(below(3_000)),
    'a long while': () => below(3) === 0 && clock.advance(below(20_000)),
  };
  const names = Object.keys(verbs);

  for (let step = 0; step < steps; step++) {
    const name = pick(names);
    trail.push(name);
    verbs[name]!();
    const wire = transport.dials.at(-1);
    if (!wire?.live || accepted.has(wire)) reopened = false;
    check();
    settleAccounts();
    if (random() < 0.05) await Promise.resolve();
  }

  // --- the end: nothing is left, everything is settled, once
  meddling = false;
  connection.stop();
  check();
  await Promise.resolve();
  await Promise.resolve();
  holds(connection.getSnapshot().status === 'idle' && transport.live === 0, 'stopped');
  holds(
    clock.pending === 0 && world.watchers === 0,
    `left after stop: ${clock.pending} alarms, ${world.watchers} listeners`,
  );
  holds(connection.getSnapshot().queued === 0, 'nothing waits after stop');
  const unsettled = deliveries.filter(({ settled }) => settled !== 1).length;
  holds(unsettled === 0, `${unsettled} deliveries are not settled`);
  const sent = transport.dials.flatMap(({ sent: texts }) => texts.filter((text) => text !== PING).map(String));
  holds(new Set(sent).size === sent.length, 'something was sent twice');
  const plain = sent.filter((text) => text.startsWith('plain')).map((text) => Number(text.slice(6)));
  holds(
    plain.every((number, index) => index === 0 || number > plain[index - 1]!),
    'sends left out of order',
  );
  settleAccounts();
  const outcomes = await Promise.all(deliveries.map(({ delivery }) => delivery.done));
  holds(
    outcomes.filter(({ status: outcome }) => outcome === 'sent').length === sent.length,
    'receipts say what was sent',
  );
  settleAccounts();
}
