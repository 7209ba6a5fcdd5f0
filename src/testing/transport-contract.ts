// What every transport must do, as a suite that any test runner can run. Knows no transport and no runner.

import { createHost, type Host } from '../base/host.js';
import type { Transport } from '../transport/transport.js';
import { type Manner, open, PATIENCE_MS, textsOf, type WireLog } from './wire-log.js';

/** The far end of one transport, for one test. */
export interface TransportHarness {
  readonly transport: Transport;
  /** Makes the far end say something on every open wire. */
  say(text: string): void | Promise<void>;
  /** The same with bytes; left out where bytes cannot travel as they are. */
  readonly sayBytes?: ((bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>) | undefined;
  /** Cuts every open wire without a word. */
  cut(): void | Promise<void>;
  /** What the far end heard, oldest first; null where it cannot hear. */
  readonly heard: (() => readonly string[]) | null;
  /** Wires (or requests) that the far end holds now. */
  holding(): number;
  /** A transport to an address where nobody answers as expected. */
  readonly refused: Transport;
  /** Does the far end continue from a cursor? */
  readonly resumes: boolean;
  close(): Promise<void>;
}

/** A test runner's `test`. */
export type RunTest = (title: string, run: () => Promise<void>) => void;

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/**
 * The contract: `make` gives a fresh far end for each test.
 *
 * @example
 * transportContract(() => startFarEnd(), test);
 */
export function transportContract(
  make: () => Promise<TransportHarness>,
  test: RunTest,
  parts: Partial<Host> = {},
): void {
  const host = createHost(parts);
  const within = (title: string, run: (far: TransportHarness) => Promise<void>): void =>
    test(title, async () => {
      const far = await make();
      try {
        await run(far);
      } finally {
        await far.close();
      }
    });
  const opened = async (far: TransportHarness, manner?: Manner): Promise<WireLog> => {
    const log = open(far.transport, host, manner);
    await log.until('opened', () => log.events.includes('opened'));
    return log;
  };
  const gone = (far: TransportHarness): Promise<void> =>
    new Promise((resolve, reject) => {
      const startedAt = host.clock.now();
      const look = (): void => {
        if (far.holding() === 0) resolve();
        else if (host.clock.now() - startedAt > PATIENCE_MS)
          reject(new Error(`the far end still holds ${far.holding()}`));
        else host.clock.after(5, look);
      };
      look();
    });
  within('opens once, before anything else but a pulse', async (far) => {
    const log = await opened(far);
    await far.say('first');
    await log.until('a frame', () => log.frames.length > 0);
    expect(log.events.filter((event) => event === 'opened').length === 1, 'opened once');
    expect(log.events.find((event) => event !== 'pulse') === 'opened', `opened comes first: ${log.events.join(' ')}`);
    log.wire.close();
  });

  within('hands over every text, whole and in order', async (far) => {
    const log = await opened(far);
    const said = [
      'one',
      '',
      'line\nline\r\nline\rline',
      'žluťoučký 🐎 \u2028',
      '  spaces ',
      'data: x\n\nid: 7',
      'x'.repeat(2 ** 20),
      'last',
    ];
    for (const text of said) await far.say(text);
    await log.until('the last text', () => textsOf(log).at(-1) === 'last');
    expect(JSON.stringify(textsOf(log)) === JSON.stringify(said), 'all texts arrive as they were said');
    log.wire.close();
  });

  within('is silent after close, and lets go of the far end', async (far) => {
    const log = await opened(far);
    log.wire.close();
    const { length } = log.events;
    await far.say('too late');
    await gone(far);
    expect(log.events.length === length, `nothing after close, but ${log.events.slice(length).join(' ')}`);
  });

  within('can be closed at once, and twice', async (far) => {
    const log = open(far.transport, host);
    log.wire.close();
    log.wire.close();
    await gone(far);
    expect(log.events.length === 0, 'nothing was said');
  });

  within('says nothing more when it is closed inside a frame', async (far) => {
    const log = await opened(far, { closeIn: 'frame' });
    await far.say('one');
    await log.until('a frame', () => log.frames.length > 0);
    const { length } = log.events;
    await far.say('two');
    await gone(far);
    expect(log.frames.length === 1 && log.events.length === length, `silent afterwards: ${log.events.join(' ')}`);
  });

  within('says nothing more when it is closed inside opened', async (far) => {
    const log = await opened(far, { closeIn: 'opened' });
    await far.say('one');
    await gone(far);
    expect(log.events.at(-1) === 'opened', `silent afterwards: ${log.events.join(' ')}`);
  });

  within('knows nothing of its other wires', async (far) => {
    const [one, other] = [await opened(far), await opened(far)];
    await far.say('to both');
    for (const log of [one, other]) await log.until('what was said', () => textsOf(log).includes('to both'));
    one.wire.close();
    const { length } = one.events;
    await far.say('to one');
    await other.until('what was said', () => textsOf(other).includes('to one'));
    expect(one.events.length === length && other.ends.length === 0, 'closing one leaves the other alone');
    other.wire.close();
  });

  within('carries bytes as bytes, where it carries them', async (far) => {
    if (!far.sayBytes) return;
    const log = await opened(far);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await far.sayBytes(bytes);
    await log.until('a frame', () => log.frames.length > 0);
    const [frame] = log.frames;
    expect(ArrayBuffer.isView(frame) && frame.join() === bytes.join(), 'the same bytes, as a Uint8Array');
    log.wire.close();
  });

  within('hands over nothing that is over maxMessageBytes, and says so', async (far) => {
    const log = await opened(far, { maxMessageBytes: 1_000 });
    await far.say('x'.repeat(2_000));
    await log.until(
      'word of it',
      () => log.events.includes('fault too-large') || log.ends.some((end) => end.kind === 'too-large'),
    );
    expect(!textsOf(log).some((text) => text.length > 1_000), 'and does not hand it over');
    log.wire.close();
  });

  within('ends once when it is cut', async (far) => {
    const log = await opened(far);
    await far.cut();
    await log.until('its end', () => log.ends.length > 0);
    expect(log.ends.length === 1 && log.ends[0]?.why === 'lost', `lost, once: ${JSON.stringify(log.ends)}`);
    const { length } = log.events;
    log.wire.close();
    await far.say('too late');
    await gone(far);
    expect(log.events.length === length, `silent afterwards: ${log.events.join(' ')}`);
  });

  within('says why it was refused, once, and never opened', async (far) => {
    const log = open(far.refused, host);
    await log.until('its end', () => log.ends.length > 0);
    expect(log.ends.length === 1 && !log.events.includes('opened'), `refused: ${log.events.join(' ')}`);
    log.wire.close();
  });

  within('takes what is sent, in order, or says why it cannot', async (far) => {
    if (!far.heard) return expect(Boolean(far.transport.readOnly), 'a transport that cannot send says so');
    const { heard } = far;
    const log = await opened(far);
    const queue = ['1', '2', '3'];
    const pump = (): void => {
      while (queue[0] !== undefined && log.wire.send(queue[0])) queue.shift();
    };
    pump();
    await log.until('all of it heard', () => {
      pump();
      return heard().length >= 3;
    });
    expect(heard().join() === '1,2,3', `heard in order: ${heard().join()}`);
    log.wire.close();
    expect(!log.wire.send('after close'), 'a closed wire takes nothing');
  });

  within('goes on from a cursor', async (far) => {
    if (!far.resumes) return;
    const log = await opened(far);
    await far.say('seen');
    await log.until('it, and its place', () => textsOf(log).includes('seen') && log.cursors.length > 0);
    log.wire.close();
    await gone(far);
    await far.say('missed 1');
    await far.say('missed 2');
    const again = open(far.transport, host, { cursor: log.cursors.at(-1) });
    await again.until('what was missed', () => textsOf(again).length >= 2);
    expect(textsOf(again).join() === 'missed 1,missed 2', `once each, in order: ${textsOf(again).join()}`);
    expect(again.events.includes('resumed'), 'the far end says that it continued');
    again.wire.close();
  });
}
