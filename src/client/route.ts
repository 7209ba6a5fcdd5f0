// One connection of a client, as its rooms see it: who we are there, what it takes, what is said and heard on it. Decides nothing of rooms.

import { RealtimeError } from '../base/error.js';
import { createId } from '../base/id.js';
import { guarded } from '../base/report.js';
import { createConnection } from '../connection/connection.js';
import { rooms as roomsProtocol } from '../protocol/rooms.js';
import type { ServerEvent, WelcomeFrame } from '../protocol/rooms-frames.js';
import { createCredentials } from './credentials.js';
import { errorOfFrame } from './refusals.js';
import type { Route, RouteParts } from './route-parts.js';
import { createTalker } from './talker.js';
import { createWays } from './ways.js';

/** Grouping and the rate are of messages, and those are what the talker and the rooms see: frames leave as they come. */
const plainly = { batch: undefined, rateLimit: undefined, throttleMs: undefined };
/** Until the server has said what it takes. */
const unlimited = { maxMessageBytes: Infinity, maxPresenceBytes: Infinity };

export function createRoute({ host, options, auth, onError, ...parts }: RouteParts): Route {
  const { clock, random } = host;
  const links: Route['links'] = new Map();
  let key: string | undefined;

  const say = (event: object | string): (() => boolean) =>
    talker.say(typeof event === 'string' ? event : JSON.stringify(event));
  const credentials = createCredentials({ clock, random, auth, say: (event) => void say(event) });
  const greeting = () => ({ key: (key ??= createId(random)), ...credentials.forHello() });
  const { transport, fallback } = options();
  const ways = createWays(transport, greeting, fallback, () => parts.changed(route));
  const connection = createConnection<ServerEvent, readonly string[]>({
    transport: credentials.carry(ways.transport),
    protocol: credentials.hush(roomsProtocol()),
    // one frame at a time waits for the wire: rooms keep the rest, and say it anew on the next one
    options: () => ({ heartbeat: true, ...options(), ...plainly, outbox: { maxBytes: Infinity } }),
    host,
  });
  const talker = createTalker({
    clock,
    send: (events) => connection.send(events),
    most: () => route.limits.maxMessageBytes,
    batch: () => options().batch ?? {},
  });

  const route: { -readonly [Name in keyof Route]: Route[Name] } = {
    ...{ connection, talker, links, say },
    address: ways.address,
    welcome: undefined,
    limits: unlimited,
    user: undefined,
    get refusal() {
      const { status, error } = connection.getSnapshot();
      if (status === 'failed') return error ?? new RealtimeError('lost', 'The connection has failed.');
      return status === 'closed' ? new RealtimeError('lost', 'The connection is closed: connect() first.') : undefined;
    },
    state: () => ways.show(connection.getSnapshot()),
    forget(why) {
      cut(); // now, also where the wire is let go of after this turn
      for (const link of links.values()) guarded(link.forget, why);
      credentials.forget();
      key = route.user = undefined;
    },
  };
  const cut = (): void => {
    route.welcome = undefined;
    route.limits = unlimited;
    for (const link of links.values()) link.cut(); // while it is known what has left
    talker.cut();
  };
  const welcomed = (welcome: WelcomeFrame): void => {
    const { user: before } = route;
    const { id } = welcome.user;
    route.welcome = welcome;
    route.limits = welcome.limits;
    route.user = id;
    credentials.hold(welcome.expiresInMs);
    const here = [...links.values()]; // a room that comes while this is told is welcomed by whoever brings it
    if (before !== undefined && before !== id) {
      for (const link of here) guarded(link.forget, 'another user');
      parts.replaced?.(before);
    }
    // who hears of it may sign out, and is welcomed nowhere
    if (route.welcome === welcome) parts.welcomed(welcome);
    for (const link of here) guarded(() => route.welcome === welcome && link.welcomed(id, welcome.connection));
  };

  connection.events.on((event) => {
    if (event.t === 'welcome') welcomed(event);
    else if (event.t === 'authed') credentials.hold(event.expiresInMs);
    else if (event.t === 'ping') say({ t: 'pong' });
    else if (event.t === 'error') {
      if (event.room === undefined) onError(errorOfFrame(event));
      else links.get(event.room)?.refused(event);
    } // of a room that nobody joined: it may have been left a moment ago
    else if ('room' in event) links.get(event.room)?.hear(event);
  });
  connection.notices.on((notice) => {
    if (notice.type === 'close' || notice.type === 'moved') cut(); // until the welcome of the next wire
    if (notice.type === 'moved') parts.changed(route);
    else if (notice.type === 'fault' || notice.type === 'error') onError(notice.error);
  });
  connection.subscribe(() => parts.changed(route));
  return route;
}
