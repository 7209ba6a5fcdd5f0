// The rooms protocol on this server: its sessions, whichever way they come. Knows no way.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers';
import { systemClock } from '../../base/clock.js';
import { CLOSE } from '../../protocol/rooms-frames.js';
import type { Awaitable, Backplane } from '../backplane.js';
import { createBuckets } from '../buckets.js';
import { createConnections } from '../sessions/connections.js';
import { createDismissals } from '../dismissals.js';
import { createEncoder } from '../encoder.js';
import { createSessions } from '../sessions/sessions.js';
import type { Session } from '../sessions/session.js';
import type { Denial, Identity, Rates, SessionWire } from '../sessions/session-services.js';
import { createTicketStore } from '../ticket-store.js';
import { createTickets, type Tickets } from '../tickets.js';
import { failureOf } from './failure.js';
import type { Gate } from './gate.js';
import { createGuests, type Guests } from './plain/guests.js';
import type { RealtimeServerOptions, ServerEvent, Settings, TransportName } from './options.js';
import { queryOf } from './query.js';

export interface Rooms {
  open(request: IncomingMessage, transport: TransportName, wire: SessionWire): Session;
  readonly tickets: Tickets;
  /** Links without the rooms protocol; undefined: all of them may do everything. */
  readonly guests: Guests | undefined;
  /** How fast clients may go on, of links without users too. */
  readonly rates: Rates;
  /** On this server, and soon on all that stand on the same rooms. Returns how many links were told here. */
  disconnect(user: string, code: number, reason: string): number;
  close(): Promise<void>;
}

/** Closes that say no; the others (another wire, a restart, silence) are no refusal. */
const REFUSALS: ReadonlySet<number> = new Set([
  ...[CLOSE.notThisProtocol, CLOSE.unauthorized, CLOSE.forbidden, CLOSE.noCommonVersion, CLOSE.tooMuch],
]);

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
/** The same client is the same somebody, after a restart and on another server too. The key cannot be read from it. */
const anonymous = (key: string): string => `anonymous-${hash(key).slice(0, 22)}`;

/** What is kept of a request. */
interface Visitor {
  readonly transport: TransportName;
  readonly ask?: ((token: string | undefined) => Awaitable<Identity | Denial | null>) | undefined;
  /** A ticket, perhaps. */
  readonly shown?: string | undefined;
}

/** One for all of whom nothing is asked. */
const NAMELESS: Readonly<Record<TransportName, Visitor>> = {
  websocket: { transport: 'websocket' },
  sse: { transport: 'sse' },
  'long-poll': { transport: 'long-poll' },
  poll: { transport: 'poll' },
};

const askerOf = (
  authenticate: NonNullable<RealtimeServerOptions['authenticate']>,
  request: IncomingMessage,
  addressOf: Gate['addressOf'],
) => {
  const { headers, url = '/' } = request;
  const remoteAddress = addressOf(request);
  return (token: string | undefined) => authenticate({ headers, url, token, remoteAddress });
};

export function createRooms(
  backplane: Backplane,
  settings: Settings,
  options: RealtimeServerOptions,
  emit: (event: ServerEvent) => void,
  { addressOf }: Gate,
): Rooms {
  const { authenticate, authorize = () => true } = options;
  const clock = systemClock;
  const random = (): number => 0; // Node has `crypto`: nothing else is asked
  const { presenceGraceMs: graceMs, maxConnectionsPerUser: maxPerUser, maxMembersPerRoom, rateLimit } = settings;
  const bounds = { graceMs, maxPerUser, maxMembersPerRoom, rateLimit };
  const connections = createConnections({ backplane, clock, random, ...bounds });
  const tickets = createTickets({ store: options.backplane?.tickets ?? createTicketStore(clock), hash, random });
  const { maxRefusals } = settings;
  const rates = { limit: rateLimit, rooms: createBuckets(clock, settings.roomRateLimit), maxRefusals };
  const dedupeMs = backplane.dedupeMs ?? options.dedupe?.windowMs ?? 300_000;
  const session = { ...settings, history: backplane.history, dedupeMs };
  const onError = (cause: unknown, room: string | null): void => emit(failureOf(room, cause));
  const guests = createGuests({ authenticate, authorize: options.authorize, clock, tickets, addressOf, onError });
  const disconnect = (user: string, code: number, reason: string): number =>
    connections.disconnect(user, code, reason) + (guests?.disconnect(user, code, reason) ?? 0);
  const dismissals =
    options.backplane &&
    createDismissals({
      ...{ backplane: options.backplane, clock, random },
      dismissed: ({ user, code, reason }) => void disconnect(user, code, reason),
      onError: (cause) => onError(cause, null),
    });
  const stand = { backplane, connections, encoder: createEncoder(), clock, settings: session, rates };
  const sessions = createSessions<Visitor>({
    ...{ ...stand, authorize, onError },
    soon: (run) => void setImmediate(run),
    async authenticate(token, key, { ask, shown }) {
      const ticket = (await tickets.take(token)) ?? (await tickets.take(shown));
      if (ticket) return ticket;
      return ask ? ask(token) : { id: anonymous(key) };
    },
    onClose(code, reason) {
      if (REFUSALS.has(code)) emit({ type: 'refused', status: code, reason });
    },
    onRefused: (status, reason, room) => emit({ type: 'refused', status, reason, room }),
    onRoom: (type, room, { transport }) => emit({ type, room, transport }),
  });
  return {
    open(request, transport, wire) {
      const shown = queryOf(request).get('access_token') ?? undefined;
      if (!authenticate && shown === undefined) return sessions.open(wire, NAMELESS[transport]);
      // kept for as long as the wire: a browser's headers are 2 kB, so only for those who ask
      const ask = authenticate && askerOf(authenticate, request, addressOf);
      return sessions.open(wire, { transport, ask, shown });
    },
    tickets,
    guests,
    rates,
    disconnect(user, code, reason) {
      dismissals?.tell({ user, code, reason });
      return disconnect(user, code, reason);
    },
    async close() {
      dismissals?.close();
      await connections.close();
    },
  };
}
