// Identities that are written out once and taken once: for those who can show no more than an address. Knows no requests.

import { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import type { TicketStore } from './backplane.js';
import { checkLeast } from './check.js';
import { isIdentity, readIdentity } from './identity.js';
import type { Identity } from './sessions/session-services.js';

export interface Tickets {
  /** Rejects with `config` for what is no identity, and as the store does. */
  issue(user: Identity, ttlMs?: number): Promise<string>;
  /** Whose it is; undefined: nobody's, or not any more. Rejects as the store does. */
  take(ticket: string | null | undefined): Promise<Identity | undefined>;
}

export interface TicketsParts {
  readonly store: TicketStore;
  /** From which a ticket cannot be told: stores are read by others. */
  readonly hash: (ticket: string) => string;
  readonly random: () => number;
}

const TTL_MS = 30_000;
/** So that nothing else is looked for in the store. */
const MARK = 'ticket_';

export function createTickets({ store, hash, random }: TicketsParts): Tickets {
  return {
    async issue(user, ttlMs = TTL_MS) {
      checkLeast(1, { ttlMs });
      const found = readIdentity(user);
      if (!isIdentity(found))
        throw new RealtimeError('config', 'A ticket is of a user: `{ id, … }`, whose time is not over.');
      const ticket = MARK + createId(random);
      await store.put(hash(ticket), JSON.stringify(found), ttlMs);
      return ticket;
    },
    async take(ticket) {
      const text = ticket?.startsWith(MARK) ? await store.take(hash(ticket)) : undefined;
      const found = text === undefined ? undefined : readIdentity(JSON.parse(text));
      return found && isIdentity(found) ? found : undefined;
    },
  };
}
