// The rooms protocol on this server: its sessions, whichever way they come. Knows no way.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Backplane } from '../backplane.js';
import { createConnections } from '../connections.js';
import { createEncoder } from '../encoder.js';
import { createSession, type Session } from '../session.js';
import type { SessionWire } from '../session-services.js';
import type { RealtimeServerOptions, ServerEvent, Settings, TransportName } from './options.js';

export interface Rooms {
  open(
    request: IncomingMessage,
    transport: TransportName,
    wire: Pick<SessionWire, 'send' | 'ready' | 'close'>,
  ): Session;
  close(): Promise<void>;
}

/** The same client is the same somebody, after a restart and on another server too. The key cannot be read from it. */
const anonymous = (key: string): string =>
  `anonymous-${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;

export function createRooms(
  backplane: Backplane,
  settings: Settings,
  options: RealtimeServerOptions,
  emit: (event: ServerEvent) => void,
): Rooms {
  const { authenticate, authorize = () => true } = options;
  const clock = systemClock;
  const connections = createConnections({
    backplane,
    clock,
    random: () => 0, // Node has `crypto`: nothing else is asked
    graceMs: settings.presenceGraceMs,
  });
  const dedupeMs = backplane.dedupeMs ?? options.dedupe?.windowMs ?? 300_000;
  const session = { ...settings, history: backplane.history, dedupeMs };
  const services = { backplane, connections, encoder: createEncoder(), clock, settings: session, authorize };
  return {
    open(request, transport, wire) {
      const { headers, url = '/', socket } = request;
      const { remoteAddress } = socket;
      return createSession(services, {
        ...wire,
        authenticate: (token, key) =>
          authenticate ? authenticate({ headers, url, token, remoteAddress }) : { id: anonymous(key) },
        onRoom: (type, room) => emit({ type, room, transport }),
      });
    },
    close: () => connections.close(),
  };
}
