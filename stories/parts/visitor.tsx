// One person in the playground: a provider, and so a client and a connection, of their own. Two of them share a page as two browsers share a server.

import type { ReactNode } from 'react';
import { RealtimeProvider, type RetryOptions, useConnection } from '../../src/index.js';
import type { Lab } from './lab.js';
import { StatusBadge } from './status.js';

export interface VisitorProps {
  readonly name: string;
  readonly lab: Lab;
  readonly retry?: RetryOptions;
  /** Least time between two changes of what the visitor shows. */
  readonly presenceThrottleMs?: number;
  readonly children: ReactNode;
}

/** A demo is looked at for a minute: nobody wants to wait half of it. */
const SOON: RetryOptions = { initialDelayMs: 400, maxDelayMs: 1_500 };

export function Visitor({ name, lab, retry = SOON, presenceThrottleMs, children }: VisitorProps): React.JSX.Element {
  return (
    <RealtimeProvider
      url={lab.url}
      auth={{ getToken: () => name }}
      retry={retry}
      presenceThrottleMs={presenceThrottleMs}
      connectTimeoutMs={4_000}
    >
      {children}
    </RealtimeProvider>
  );
}

/** How the visitor's connection is, and which of the four ways it takes. */
export function Connected({ of }: { readonly of: string }): React.JSX.Element {
  const { status, transport } = useConnection();
  return (
    <span className="connected">
      <span className="hint">{transport}</span>
      <StatusBadge status={status} of={of} />
    </span>
  );
}
