// The four ways into one room, each with its gauge and its counters.

import { useState } from 'react';
import { type Status, useEventSource, useLongPoll, usePoll, useWebSocket } from '../../src/index.js';
import { type Counted, createCounted } from '../parts/counted.js';
import type { Numbered } from '../parts/demo-data.js';
import type { Lab, LabReport } from '../parts/lab.js';
import { createGauge, type Gauge } from './gauge.js';

export interface Lane {
  readonly name: string;
  readonly way: keyof LabReport['ways'];
  /** What happens on the network. */
  readonly how: string;
  /** When one would take it. */
  readonly when: string;
  readonly gauge: Gauge;
  readonly counted: Counted;
}

const describe = {
  websocket: {
    name: 'WebSocket',
    how: 'One socket, a frame per message.',
    when: 'Take it when clients talk back often, or send bytes.',
  },
  sse: {
    name: 'Server-Sent Events',
    how: 'One answer that never ends.',
    when: 'Take it when the server talks and clients listen.',
  },
  'long-poll': {
    name: 'Long poll',
    how: 'A held request per piece of news.',
    when: 'Take it where streams do not get through, or news is rare.',
  },
  poll: {
    name: 'Poll',
    how: 'A request every so often.',
    when: 'Take it when late is fine, and a cache can answer.',
  },
} as const;

function createLanes(): readonly Lane[] {
  return (['websocket', 'sse', 'long-poll', 'poll'] as const).map((way) => ({
    ...describe[way],
    way,
    gauge: createGauge(),
    counted: createCounted(),
  }));
}

/** Reads nothing but the statuses, so fifty messages a second render nobody: the gauges see each one. */
export function useLanes(
  lab: Lab,
  pollMs: number,
): { readonly lanes: readonly Lane[]; readonly statuses: readonly Status[] } {
  const [lanes] = useState(createLanes);
  const options = lanes.map(({ gauge, counted }) => ({
    history: 0,
    onMessage: gauge.record,
    fetch: counted.fetch,
    WebSocket: counted.WebSocket,
  }));
  const url = lab.realtime(lab.room);
  const socket = useWebSocket<Numbered>(url, options[0]);
  const stream = useEventSource<Numbered>(url, options[1]);
  const held = useLongPoll<Numbered>(`${url}&wait=25`, options[2]);
  const asked = usePoll<Numbered>(url, { ...options[3], intervalMs: pollMs });
  return { lanes, statuses: [socket.status, stream.status, held.status, asked.status] };
}
