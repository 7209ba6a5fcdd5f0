// useRealtimeClient: the client of the nearest provider. Watches nothing.
'use client';

import { useContext } from 'react';
import { RealtimeError } from '../base/error.js';
import type { RealtimeClient } from '../client/realtime-client.js';
import { RealtimeContext } from './realtime-context.js';

/**
 * The client of the nearest `<RealtimeProvider>`. Throws a `RealtimeError` of kind `config` where there is none.
 *
 * @example
 * const client = useRealtimeClient();
 * const room = client.room('general');
 */
export function useRealtimeClient(): RealtimeClient {
  const client = useContext(RealtimeContext);
  if (client) return client;
  throw new RealtimeError(
    'config',
    'No <RealtimeProvider> stands above this component: put <RealtimeProvider url="…"> around the part of the app that uses rooms.',
  );
}
