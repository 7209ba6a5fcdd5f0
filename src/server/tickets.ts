// Identities that are written out once and taken once: for those who can show no more than an address. Knows no requests.

import type { Clock } from '../base/clock.js';
import { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import { checkLeast } from './check.js';
import { isIdentity, readIdentity } from './identity.js';
import type { Identity } from './session-services.js';

export interface Tickets {
  /** Throws `config` for what is no identity, `overflow` where too many wait. */
  issue(user: Identity, ttlMs?: number): string;
  /** Whose it is; undefined: nobody's, or not any more. */
  take(ticket: string | null | undefined): Identity | undefined;
  readonly size: number;
}

/** That nobody has taken yet. */
const MAX = 100_000;
const TTL_MS = 30_000;

export function createTickets(clock: Clock, random: () => number): Tickets {
  const tickets = new Map<string, { readonly user: Identity; readonly until: number }>();

  const makePlace = (): void => {
    if (tickets.size < MAX) return;
    for (const [ticket, { until }] of tickets) if (until <= clock.now()) tickets.delete(ticket);
    if (tickets.size >= MAX) throw new RealtimeError('overflow', `There are ${MAX} tickets that nobody has used.`);
  };
  /** The oldest, while they are over. */
  const prune = (): void => {
    for (const [ticket, { until }] of tickets) {
      if (until > clock.now()) return;
      tickets.delete(ticket);
    }
  };
  return {
    issue(user, ttlMs = TTL_MS) {
      checkLeast(1, { ttlMs });
      const found = readIdentity(user);
      if (!isIdentity(found)) throw new RealtimeError('config', 'A ticket is of a user: `{ id, … }`.');
      prune();
      makePlace();
      const ticket = createId(random);
      tickets.set(ticket, { user: found, until: clock.now() + ttlMs });
      return ticket;
    },
    take(ticket) {
      const found = typeof ticket === 'string' ? tickets.get(ticket) : undefined;
      if (!found || typeof ticket !== 'string') return undefined;
      tickets.delete(ticket);
      return found.until > clock.now() ? found.user : undefined;
    },
    get size() {
      return tickets.size;
    },
  };
}
