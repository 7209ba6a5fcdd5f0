// The ways to one server as one transport, and which of them is in use. Opens nothing.

import type { ConnectionState } from '../connection/status.js';
import { initialRealtimeState, type RealtimeState } from '../model/realtime.js';
import { fallback, type FallbackOptions } from '../transport/fallback.js';
import type { Transport } from '../transport/transport.js';
import { type Greeting, greet } from './greeting.js';

export interface Ways {
  readonly transport: Transport;
  /** Where they lead. */
  readonly address: string | undefined;
  /** A connection over them, as it is shown. */
  show(connection: ConnectionState): RealtimeState['connection'];
}

/** `changed`: an open connection is to be shown again. */
export function createWays(
  given: Transport | readonly Transport[],
  greeting: () => Greeting,
  options: FallbackOptions | undefined,
  changed: () => void,
): Ways {
  let newest = -1;
  // each wire has a larger one than those before it, also where the clock is coarse
  const turn = (now: number): number => (newest = Math.max(newest + 1, now));
  const greeted = [given].flat().map((each: Transport) => greet(each, greeting, turn));
  const { skipped } = initialRealtimeState.connection;
  const [only] = greeted;
  let told = skipped;
  const several =
    only && greeted.length === 1
      ? undefined
      : fallback(greeted, options, () => {
          if (inUse.skipped !== told) changed();
        });
  const inUse = several ?? { current: only?.name ?? null, skipped };
  return {
    transport: several ?? (only as Transport),
    address: [given].flat().find((each: Transport) => each.address !== undefined)?.address,
    show: (connection) =>
      connection.status === 'open'
        ? { ...connection, transport: inUse.current, skipped: (told = inUse.skipped) }
        : { ...connection, transport: null, skipped },
  };
}
