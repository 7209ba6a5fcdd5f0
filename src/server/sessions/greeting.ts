// Who a session is: its hello, and its credentials, which may have an end. Knows no rooms.

import { CLOSE, type ClientEvent, ROOMS_VERSION, type User } from '../../protocol/rooms-frames.js';
import { isIdentity, readIdentity } from '../identity.js';
import { runAt } from '../run-at.js';
import type { Greeted, Live } from './session.js';
import type { Identity, SessionServices } from './session-services.js';
import { welcomeOf, whole } from './welcome.js';

export interface Greeting<V> {
  hello(session: Live<V>, event: Extract<ClientEvent, { readonly t: 'hello' }>): Promise<void>;
  /** Other credentials of the same user: `recheck` asks for its rights again. */
  renew(session: Greeted<V>, token: string, recheck: (session: Greeted<V>, user: User) => Promise<void>): Promise<void>;
}

export interface GreetingParts<V> {
  readonly services: SessionServices<V>;
  readonly say: (session: Live<V>, event: string) => void;
  readonly close: (session: Live<V>, code: number, reason: string) => void;
}

export function createGreeting<V>({ services, say, close }: GreetingParts<V>): Greeting<V> {
  const { clock, connections, settings } = services;

  /** Whom the token stands for; closes where it is nobody. */
  const identify = async (session: Live<V>, key: string, token: string | null | undefined) => {
    const found = readIdentity(await services.authenticate(token ?? undefined, key, session.visitor));
    if (session.state !== 'on') return undefined;
    if (isIdentity(found)) return found;
    close(session, found.refuse, found.reason ?? '');
    return undefined;
  };
  const begin = (session: Live<V>, { expiresInMs }: Identity): { readonly expiresInMs?: number } => {
    session.cancelTimer?.();
    session.cancelTimer = undefined; // it holds its timer for as long as it is held
    if (expiresInMs === undefined || expiresInMs === Infinity) return {};
    const expire = (): void => close(session, CLOSE.unauthorized, 'the credentials have expired');
    session.cancelTimer = runAt(clock, clock.now() + expiresInMs, expire);
    return { expiresInMs: whole(expiresInMs) };
  };
  const hello: Greeting<V>['hello'] = async (session, { v, key, n, token }) => {
    if (v < 1) return close(session, CLOSE.noCommonVersion, `this server speaks version ${ROOMS_VERSION}`);
    const identity = await identify(session, key, token);
    if (!identity) return;
    const { expiresInMs: _, ...user } = identity;
    const found = connections.claim(key, user, n, session);
    // it was given up, and came when a later one was here
    if (found === 'late') return close(session, CLOSE.replaced, 'another wire has this key');
    if (found === 'full')
      return close(session, CLOSE.tooMuch, 'too many connections of this user (maxConnectionsPerUser)');
    session.connection = found;
    session.user = user;
    session.key = key;
    say(session, JSON.stringify({ ...welcomeOf(user, found.id, settings), ...begin(session, identity) }));
  };
  const renew: Greeting<V>['renew'] = async (session, token, recheck) => {
    const identity = await identify(session, session.key, token);
    if (!identity) return;
    if (identity.id !== session.user.id)
      return close(session, CLOSE.forbidden, 'these are the credentials of somebody else');
    say(session, JSON.stringify({ t: 'authed', ...begin(session, identity) }));
    const { expiresInMs: _, ...next } = identity;
    await recheck(session, next);
  };
  return { hello, renew };
}
