// How much one server takes, from one client, one address, one user and in one room. Counts nothing itself.

import type { IncomingMessage } from 'node:http';
import { RealtimeError } from '../../base/error.js';
import type { RateLimit } from '../../base/token-bucket.js';
import { checkLeast } from '../check.js';

export interface LimitOptions {
  /** Of one message. Default 1 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** A reader who has more than this waiting when the next message comes is let go. Default 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** Rooms that one client may be in. Default 100. */
  readonly maxRoomsPerConnection?: number | undefined;
  /** Of what a client shows in a room. Default 16 KiB. */
  readonly maxPresenceBytes?: number | undefined;
  /** Entries that clients of this server show in one room. Default 10,000. */
  readonly maxMembersPerRoom?: number | undefined;
  /** WebSockets, streams, polling clients and held answers at once. Default 50,000. */
  readonly maxConnections?: number | undefined;
  /** Of those, from one address. Default 10,000. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Clients of the rooms protocol that are one user. Default 1,000. */
  readonly maxConnectionsPerUser?: number | undefined;
  /** What one address may open: connections, and plain requests. Default 500 a second, 5,000 at once. */
  readonly connectRateLimit?: RateLimit | undefined;
  /** What one client may say: messages, and ten for a join, a page of history, a list of members. Default 1,000 a second, 20,000 at once. */
  readonly rateLimit?: RateLimit | undefined;
  /** What clients may say in one room, together. Default 10,000 messages a second, 50,000 at once. */
  readonly roomRateLimit?: RateLimit | undefined;
  /** So many refused messages of one client may wait, and so many refusals too early are borne; then it is closed with 4429. Default 10,000. */
  readonly maxRefusals?: number | undefined;
  /** How long the body of a POST may take, and a millisecond more for each byte of it that has come. Default 30,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** How long a wire of the rooms protocol may take until its hello; then it is closed with 4408. Default 10,000. */
  readonly helloTimeoutMs?: number | undefined;
  /**
   * Who comes, for the limits by address and as the `remoteAddress` of `authenticate`. Default: the other end of the socket, which
   * behind a proxy is the proxy: there, read the header that yours sets. undefined: no limit by address holds.
   */
  readonly addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

export type Limits = {
  readonly [Name in keyof Omit<LimitOptions, 'addressOf'>]-?: NonNullable<LimitOptions[Name]>;
};

/** With the defaults; throws `config` where something makes no sense. */
export function limitsOf(options: LimitOptions): Limits {
  const { maxMessageBytes = 2 ** 20, maxBufferedBytes = 2 ** 20, maxPresenceBytes = 2 ** 14 } = options;
  const { maxRoomsPerConnection = 100, maxMembersPerRoom = 10_000, maxRefusals = 10_000 } = options;
  const { maxConnections = 50_000, maxConnectionsPerAddress = 10_000, maxConnectionsPerUser = 1_000 } = options;
  const {
    connectRateLimit = { perSecond: 500, burst: 5_000 },
    bodyTimeoutMs = 30_000,
    helloTimeoutMs = 10_000,
  } = options;
  const { rateLimit = { perSecond: 1_000, burst: 20_000 } } = options;
  const { roomRateLimit = { perSecond: 10_000, burst: 50_000 } } = options;
  const counts = {
    ...{ maxMessageBytes, maxBufferedBytes, maxPresenceBytes, maxRoomsPerConnection, maxMembersPerRoom, maxRefusals },
    ...{ maxConnections, maxConnectionsPerAddress, maxConnectionsPerUser, bodyTimeoutMs, helloTimeoutMs },
  };
  checkLeast(1, counts);
  const rates = { connectRateLimit, rateLimit, roomRateLimit };
  for (const [name, { perSecond, burst = 1 }] of Object.entries(rates)) {
    // nothing would come back of what was spent
    checkLeast(0.01, { [`${name}.perSecond`]: perSecond });
    checkLeast(1, { [`${name}.burst`]: burst });
  }
  if (options.addressOf !== undefined && typeof options.addressOf !== 'function')
    throw new RealtimeError('config', '`addressOf` is a function.');
  return { ...counts, ...rates };
}
