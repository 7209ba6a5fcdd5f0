// What `authenticate` answers, as it may be told to a client. Asks nobody.

import { isId, isRecord } from '../protocol/read-frames.js';
import { CLOSE } from '../protocol/rooms-frames.js';
import { closing } from './closing.js';
import type { Denial, Identity } from './sessions/session-services.js';

const NOBODY = { refuse: CLOSE.unauthorized, reason: 'not with these credentials' };

/** What begins a name under which webhooks publish: no user has one. */
export const WEBHOOK = 'webhook:';
/** A host that reckons the rest of a token's time, and does not look at it, lets nobody in by that. */
const EXPIRED = { refuse: CLOSE.unauthorized, reason: 'the credentials have expired' };
const TAKEN = { refuse: CLOSE.forbidden, reason: `names that begin with ${WEBHOOK} are those of webhooks` };

export const isIdentity = (found: Identity | Denial): found is Identity => 'id' in found;
const isDenial = (answer: unknown): answer is Denial => isRecord(answer) && 'refuse' in answer;

/** Throws for what cannot be told: that is the host's mistake, and says nothing of who comes. */
export function readIdentity(answer: unknown): Identity | Denial {
  if (isRecord(answer) && isId(answer['id']))
    return answer['id'].startsWith(WEBHOOK) ? TAKEN : plainly(answer as Identity);
  const { refuse, reason = NOBODY.reason } = isDenial(answer) ? answer : NOBODY;
  return { refuse: closing(refuse, reason), reason };
}

/** As it can be told, whatever `authenticate` made of it. */
function plainly({ id, expiresInMs, ...rest }: Identity): Identity | Denial {
  const told = JSON.parse(JSON.stringify({ ...rest, id })) as Identity;
  if (told.id !== id) throw new TypeError('`authenticate` must return a plain object with an `id`.');
  if (expiresInMs === undefined || expiresInMs === null) return told;
  if (typeof expiresInMs !== 'number' || Number.isNaN(expiresInMs))
    throw new TypeError('`expiresInMs` must be a number of milliseconds.');
  return expiresInMs > 0 ? { ...told, expiresInMs } : EXPIRED;
}
