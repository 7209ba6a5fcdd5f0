// A client of rooms in a world under control: a far end that says what the test says. Tests nothing.

import {
  createRealtimeClient,
  type RealtimeClient,
  type RealtimeClientOptions,
} from '../../src/client/realtime-client.js';
import type { RealtimeError } from '../../src/base/error.js';
import type { RoomFrame, ServerEvent } from '../../src/protocol/rooms-frames.js';
import { createManualHost, type ManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport, type ScriptedTransport } from '../../src/testing/scripted-transport.js';

/** An event of the client, as the far end reads it. */
export type Said = Readonly<Record<string, unknown>> & { readonly t: string };

export interface RoomsWorld {
  readonly host: ManualHost;
  readonly far: ScriptedTransport;
  readonly client: RealtimeClient;
  readonly errors: readonly RealtimeError[];
  /** What the client said on the newest wire, oldest first; with a `t`, those only. */
  said(t?: string): readonly Said[];
  /** Everything it said, over all wires. */
  saidEver(t?: string): readonly Said[];
  /** The server speaks. */
  tell(...events: readonly ServerEvent[]): void;
  /** The newest wire opens and is welcomed. */
  welcome(user?: string): void;
  /** Answers the newest join of this room. */
  joined(room: string, fields?: Partial<ServerEvent & { readonly t: 'joined' }>): void;
  /** Lets everything that is due now happen: microtasks, frames. */
  settle(): Promise<void>;
  /** The wire breaks, and the next one is dialled. */
  cut(): void;
}

export const ME = 'me';
export const limits = { maxMessageBytes: 1_000, maxRooms: 100, maxPresenceBytes: 1_000, history: 100 };

export function messageFrame(offset: number, fields: Partial<RoomFrame> = {}): RoomFrame {
  return { offset, id: `m${offset}`, from: 'you', data: offset, at: 1_000 + offset, ...fields };
}

export function createRoomsWorld(
  options: Partial<RealtimeClientOptions> = {},
  address = 'https://here/realtime',
): RoomsWorld {
  const host = createManualHost();
  const far = Object.assign(createScriptedTransport(), { address: address || undefined });
  const errors: RealtimeError[] = [];
  const client = createRealtimeClient({
    transport: far,
    host,
    flush: 'sync',
    heartbeat: false,
    onError: (error) => void errors.push(error),
    ...options,
  });
  const read = (wires: readonly { readonly sent: readonly unknown[] }[], t?: string): readonly Said[] =>
    wires
      .flatMap(({ sent }) => sent.flatMap((frame) => JSON.parse(String(frame)) as Said | readonly Said[]))
      .filter((each) => t === undefined || each.t === t);
  const tell = (...events: readonly ServerEvent[]): void =>
    far.last.frame(JSON.stringify(events.length === 1 ? events[0] : events));
  const said = (t?: string): readonly Said[] => read(far.dials.slice(-1), t);

  return {
    host,
    far,
    client,
    errors,
    said,
    saidEver: (t) => read(far.dials, t),
    tell,
    welcome(user = ME) {
      far.last.accept();
      tell({ t: 'welcome', v: 1, user: { id: user }, connection: `${user}/1`, limits, heartbeatMs: 25_000 });
    },
    joined(room, fields = {}) {
      const join = said('join')
        .filter((each) => each['room'] === room)
        .at(-1)?.['join'] as number;
      tell({ t: 'joined', room, join, epoch: 'e1', offset: 0, messages: [], more: false, ...fields });
    },
    async settle() {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    },
    cut() {
      far.last.drop({ code: 1006 });
      host.clock.advance(600);
    },
  };
}
