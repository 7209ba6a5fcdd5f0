// One connection in a world under control, with everything that it says written down. Tests nothing.

import type { RealtimeError } from '../../src/base/error.js';
import { type Connection, createConnection } from '../../src/connection/connection.js';
import type { ConnectionOptions } from '../../src/connection/options.js';
import type { End, Notice } from '../../src/connection/status.js';
import type { Protocol } from '../../src/protocol/protocol.js';
import { createManualHost, type ManualHost } from '../../src/testing/manual-host.js';
import {
  createScriptedTransport,
  type ScriptedOptions,
  type ScriptedTransport,
} from '../../src/testing/scripted-transport.js';
import type { Sink, Wire } from '../../src/transport/transport.js';

export interface World {
  readonly host: ManualHost;
  readonly far: ScriptedTransport;
  readonly connection: Connection<string, string>;
  /** In order: `open`, `open again`, `close lost 1006, again in 500`, `error refused`, `gap after 5`, `fault parse`, `event a`. */
  readonly log: readonly string[];
  readonly ends: readonly End[];
  readonly errors: readonly RealtimeError[];
  readonly status: string;
  /** Connects, and the far end accepts. */
  open(): void;
  /** What the far end was sent, over all wires. */
  readonly sent: readonly string[];
}

/** Texts as they are; `a+b` is two events in one frame; `unsayable` cannot be encoded. */
const protocol: Protocol<string, string> = {
  encode(command) {
    if (command === 'unsayable') throw new TypeError('cannot be said');
    return command;
  },
  group: (frames) => frames.join('+'),
  ping: () => 'ping',
  start: (sink) => ({
    receive(frame) {
      if (frame === 'pong') return sink.pong();
      if (frame === 'noise') return sink.fault({ kind: 'parse' } as RealtimeError, frame);
      for (const event of (frame as string).split('+')) sink.event(event);
    },
  }),
};

export interface WorldParts extends ScriptedOptions {
  readonly host?: ManualHost;
  /** Stands between connection and wire. */
  readonly around?: (wire: Wire, sink: Sink) => Wire;
  readonly ping?: () => string;
  readonly address?: string | undefined;
}

const wordsOf = (notice: Notice): string => {
  switch (notice.type) {
    case 'open':
      return notice.again ? 'open again' : 'open';
    case 'moved':
      return 'moved';
    case 'close': {
      const { why, code, willRetry, retryInMs } = notice.end;
      const again = retryInMs === undefined ? ', again' : `, again in ${Math.round(retryInMs)}`;
      return `close ${why}${code === undefined ? '' : ` ${code}`}${willRetry ? again : ''}`;
    }
    case 'error':
      return `error ${notice.error.kind}`;
    case 'fault':
      return `fault ${notice.error.kind}`;
    case 'gap':
      return `gap after ${notice.after}`;
  }
};

export function createWorld(options: ConnectionOptions = {}, parts: WorldParts = {}): World {
  const { host = createManualHost(), around = (wire) => wire, ping, address, ...scripted } = parts;
  const far = createScriptedTransport(scripted);
  const connection = createConnection<string, string>({
    transport: {
      name: far.name,
      address: address || undefined,
      renewable: far.renewable,
      readOnly: far.readOnly,
      dial: (sink, dial) => around(far.dial(sink, dial), sink),
    },
    protocol: ping ? { ...protocol, ping } : protocol,
    options: () => options,
    host,
  });
  const log: string[] = [];
  const ends: End[] = [];
  const errors: RealtimeError[] = [];
  connection.events.on((event) => void log.push(`event ${event}`));
  connection.notices.on((notice) => {
    log.push(wordsOf(notice));
    if (notice.type === 'close') ends.push(notice.end);
    if (notice.type === 'error') errors.push(notice.error);
  });
  return {
    host,
    far,
    connection,
    log,
    ends,
    errors,
    get status() {
      return connection.getSnapshot().status;
    },
    open() {
      connection.connect();
      far.last.accept();
    },
    get sent() {
      return far.dials.flatMap((wire) => wire.sent.map(String));
    },
  };
}

/** What became of a promise, once everything that can settle has settled. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  const pending = new Promise<string>((resolve) => void setImmediate(resolve, 'pending'));
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: RealtimeError) => `rejected ${error.kind}`,
    ),
    pending,
  ]);
}
