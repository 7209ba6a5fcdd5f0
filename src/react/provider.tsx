// RealtimeProvider: which client stands above, and that its connection is wanted while it does. Renders nobody.
'use client';

import { type ReactNode, useEffect, useInsertionEffect, useState } from 'react';
import { RealtimeError } from '../base/error.js';
import { ladder, type LadderOptions } from '../client/ladder.js';
import { createRealtimeClient, type RealtimeClient, type RealtimeClientOptions } from '../client/realtime-client.js';
import type { Endpoint } from '../transport/credentials.js';
import { RealtimeContext } from './realtime-context.js';

/** A client of the provider's own. Inline options are fine: the newest hold, and only another `url` makes another client. */
export interface OwnClientProps extends Omit<RealtimeClientOptions, 'transport'>, LadderOptions {
  /**
   * Where the server is. An address that differs, as a string, is another server: a new client connects to it, and the old one is let
   * go of. A function is asked before every attempt, and another function is no other server.
   */
  readonly url: Endpoint;
  readonly client?: undefined;
  readonly children?: ReactNode;
}

/** A client that somebody else made, and closes. */
export interface BorrowedClientProps {
  readonly client: RealtimeClient;
  readonly url?: undefined;
  readonly children?: ReactNode;
}

export type RealtimeProviderProps = OwnClientProps | BorrowedClientProps;

/**
 * Gives a client of the rooms protocol to everything below, and keeps its connection while it is mounted. It connects over the best
 * transport that works: WebSocket, SSE, long poll, poll. Providers may nest: the nearest one counts. On a server, nothing is opened.
 *
 * @example
 * <RealtimeProvider url="/realtime" auth={{ getToken: () => session.token }}>
 *   <Chat />
 * </RealtimeProvider>
 *
 * @example
 * const client = createRealtimeClient({ transport: webSocket('/realtime') });
 * <RealtimeProvider client={client}>…</RealtimeProvider> // borrowed: never closed by the provider
 */
export function RealtimeProvider(props: RealtimeProviderProps): ReactNode {
  const { children } = props;
  const own = useOwnClient(props.client ? null : props);
  const client = props.client ?? own;
  if (!client)
    throw new RealtimeError('config', '<RealtimeProvider> needs a `url`, or a `client` that you made yourself.');
  // undone and done again by StrictMode, <Activity> and Fast Refresh: the linger bridges that
  useEffect(() => client.retain(), [client]);
  return <RealtimeContext.Provider value={client}>{children}</RealtimeContext.Provider>;
}

/** null: none is wanted. */
function useOwnClient(props: OwnClientProps | null): RealtimeClient | null {
  const address = addressOf(props?.url);
  const [made, setMade] = useState(() => makeClient(address, props));
  let current = made;
  // state and no memo: React may forget a memo, and with it a connection
  if (made.address !== address) setMade((current = makeClient(address, props)));
  useInsertionEffect(() => {
    if (props) current.use(props);
  });
  return current.client;
}

interface MadeClient {
  readonly address: string | typeof ASKED | null;
  readonly client: RealtimeClient | null;
  use(newest: OwnClientProps): void;
}

type Headers = Exclude<LadderOptions['headers'], undefined | ((...args: never) => unknown)>;

/** All functions are one address: what they answer may change. */
const ASKED = Symbol('asked');

function addressOf(url: Endpoint | undefined): MadeClient['address'] {
  return typeof url === 'function' ? ASKED : url ? String(url) : null;
}

/** Inert until it is retained: a render that React throws away leaves nothing. */
function makeClient(address: MadeClient['address'], first: OwnClientProps | null): MadeClient {
  if (address === null || !first) return { address, client: null, use: () => {} };
  let props = first;
  const { headers } = first;
  const transport = ladder(address === ASKED ? () => ask(props.url) : address, {
    ...first,
    // a function may be another one in each render; a record holds as long as the client
    headers: typeof headers === 'function' ? () => askHeaders(props.headers) : headers,
  });
  let options = optionsOf(first, transport);
  return {
    address,
    client: createRealtimeClient(() => options),
    use(newest) {
      props = newest;
      options = optionsOf(newest, transport);
    },
  };
}

function optionsOf(props: OwnClientProps, transport: RealtimeClientOptions['transport']): RealtimeClientOptions {
  const { children: _, url: __, client: ___, ...options } = props;
  return { ...options, transport };
}

const askHeaders = (headers: LadderOptions['headers']): Headers | Promise<Headers> =>
  typeof headers === 'function' ? headers() : (headers ?? {});

const ask = (url: Endpoint): string | URL | Promise<string | URL> => (typeof url === 'function' ? url() : url);
