// The page under test: components by specification, and a log of what they showed. Asserts nothing.

import { readLedger } from './ledger.js';
import { Fragment, type ReactNode, StrictMode, useEffect, version } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import {
  type Delivery,
  type Feed,
  indexedDB,
  localStorage,
  useEventSource,
  useLongPoll,
  usePoll,
  useWebSocket,
} from '../../../src/index.js';
import type { Lab, Spec, View } from './lab.js';
import { createRoomsLab } from './rooms-lab.js';
import { createSeatLab } from './seat-lab.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };
interface Log extends Writable<View> {
  send: ((data: unknown) => Delivery) | undefined;
}

const logs = new Map<string, Log>();

function logOf(name: string): Log {
  const log = logs.get(name) ?? {
    status: 'idle' as const,
    statuses: [],
    heard: [],
    messages: [],
    opens: 0,
    reconnects: 0,
    gaps: 0,
    closes: [],
    errors: [],
    queued: 0,
    deliveries: [],
    send: undefined,
  };
  logs.set(name, log);
  return log;
}

const stores = { localStorage: localStorage(), indexedDB: indexedDB('links') };

type Hook = (url: string, options: object) => Feed<unknown, unknown>;

const probeOf = (useLink: Hook) =>
  function Probe({ name, url, options, storage }: Spec): ReactNode {
    const log = logOf(name);
    const { status, messages, queued, send } = useLink(url, {
      history: 1_000,
      ...options,
      ...(storage ? { outbox: { ...(options?.['outbox'] as object), storage: stores[storage] } } : {}),
      onMessage: ({ data }: { data: unknown }) => void log.heard.push(data),
      onOpen: () => void log.opens++,
      onReconnect: () => void log.reconnects++,
      onGap: () => void log.gaps++,
      onClose: ({ why, code }: { why: string; code?: number }) => void log.closes.push({ why, code }),
      onError: ({ kind, message }: View['errors'][number]) => void log.errors.push({ kind, message }),
    });
    useEffect(() => {
      if (log.statuses.at(-1) !== status) log.statuses.push(status);
      Object.assign(log, { status, messages: messages.map(({ data }) => data), queued, send });
    });
    return <output>{status}</output>;
  };

const probes = {
  websocket: probeOf(useWebSocket as Hook),
  sse: probeOf(useEventSource as Hook),
  'long-poll': probeOf(useLongPoll as Hook),
  poll: probeOf(usePoll as Hook),
};

const root = createRoot(document.body.appendChild(document.createElement('main')));

const show = (specs: readonly Spec[], strict = true): void => {
  const Mode = strict ? StrictMode : Fragment;
  flushSync(() =>
    root.render(
      <Mode>
        {specs.map((spec) => {
          const Probe = probes[spec.kind];
          return <Probe {...spec} key={`${spec.name} ${spec.key ?? ''}`} />;
        })}
      </Mode>,
    ),
  );
};

const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });

const lab: Lab = {
  react: () => version,
  show,
  view(name) {
    const { send: _, ...view } = logOf(name);
    return view;
  },
  send(name, data) {
    const log = logOf(name);
    const at = log.deliveries.push(null) - 1;
    void log.send?.(data).done.then(({ status }) => (log.deliveries[at] = status));
  },
  async churn(specs, cycles, untilOpen) {
    for (let cycle = 0; cycle < cycles; cycle++) {
      show(specs.map((spec) => ({ ...spec, key: cycle })));
      do await nextTask();
      while (untilOpen && logOf(untilOpen).status !== 'open');
      show([]);
      if (untilOpen) Object.assign(logOf(untilOpen), { status: 'idle' });
      await nextTask();
    }
  },
  ledger: readLedger,
  ...createRoomsLab(),
  ...createSeatLab(),
};

show([]); // React's own listeners belong to an empty page
window.lab = lab;
