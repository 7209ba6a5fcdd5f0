// The connections of a client: what one is given, and what it is; what several are together. Types only.

import type { Clock } from '../base/clock.js';
import type { RealtimeError } from '../base/error.js';
import type { Host } from '../base/host.js';
import type { Connection } from '../connection/connection.js';
import type { ConnectionOptions } from '../connection/options.js';
import type { RealtimeState } from '../model/realtime.js';
import type { Limits, ServerEvent, WelcomeFrame } from '../protocol/rooms-frames.js';
import type { FallbackOptions } from '../transport/fallback.js';
import type { Transport } from '../transport/transport.js';
import type { RealtimeAuth } from './credentials.js';
import type { RoomLink } from './room-link-parts.js';
import type { Talker } from './talker.js';

export interface RouteOptions extends Omit<ConnectionOptions, 'outbox'> {
  /** One way to the server, or several, best first: `ladder(url)`. */
  readonly transport: Transport | readonly Transport[];
  readonly fallback?: FallbackOptions | undefined;
}

export interface Route {
  readonly connection: Connection<ServerEvent, readonly string[]>;
  readonly talker: Talker;
  /** The rooms that keep to it. */
  readonly links: Map<string, RoomLink>;
  /** Where it leads. */
  readonly address: string | undefined;
  /** Of the wire that stands. */
  readonly welcome: WelcomeFrame | undefined;
  readonly limits: Pick<Limits, 'maxMessageBytes' | 'maxPresenceBytes'>;
  /** The last one that we were taken for. */
  readonly user: string | undefined;
  /** Why nothing can be said any more. */
  readonly refusal: RealtimeError | undefined;
  state(): RealtimeState['connection'];
  say(event: object | string): () => boolean;
  /** The one place where a user ends: nothing is kept of one, and nobody knows us there until the next welcome. */
  forget(why: 'another user' | 'signed out'): void;
}

export interface RouteParts {
  readonly host: Host;
  readonly options: () => RouteOptions;
  /** Those of the options, or a share in them. */
  readonly auth: () => RealtimeAuth | undefined;
  readonly welcomed: (welcome: WelcomeFrame) => void;
  /** We are somebody else than this. */
  readonly replaced?: ((user: string) => void) | undefined;
  readonly changed: (route: Route) => void;
  readonly onError: (error: RealtimeError) => void;
}

/** The connections of a client. */
export interface Routes {
  readonly all: readonly Route[];
  /** The one that a room keeps to. */
  readonly of: (room: string) => Route;
  /** All of them. */
  readonly whole: Pick<Route['connection'], 'connect' | 'disconnect' | 'reconnect' | 'drained'>;
  /** What they are together. */
  readonly state: () => RealtimeState['connection'];
}

export interface RoutesParts {
  readonly clock: Clock;
  readonly auth: () => RealtimeAuth | undefined;
  /** Makes one that asks `auth` for its tokens. */
  readonly open: (auth: () => RealtimeAuth | undefined, replaced?: RouteParts['replaced']) => Route;
}
