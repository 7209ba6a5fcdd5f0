// The context that carries a client down. Its value is the client, which never changes with what happens: it renders nobody.
'use client';

import { type Context, createContext } from 'react';
import type { RealtimeClient } from '../client/realtime-client.js';

export const RealtimeContext: Context<RealtimeClient | null> = createContext<RealtimeClient | null>(null);
