// The reader's side of a lab: a private bad network in front of the playground's server. Server side: .storybook/playground/lab.ts.

import { useCallback, useState } from 'react';
import type { LabOrder, LabReport } from '../../.storybook/playground/lab.js';

export type { LabOrder, LabReport };

export interface Lab {
  readonly id: string;
  /** The shared server's rooms, seen through this lab. */
  readonly url: string;
  /** One room of it as a plain link. */
  readonly realtime: (room: string) => string;
  /** The room of the lab's numbered messages. */
  readonly room: string;
  readonly order: (order: LabOrder) => Promise<LabReport>;
}

const newId = (): string => Math.random().toString(36).slice(2, 12).padEnd(6, '0');

/** A lab of one's own, for as long as this is mounted: nobody else feels its faults. */
export function useLab(): Lab {
  const [id] = useState(newId);
  const order = useCallback((wish: LabOrder) => orderLab(id, wish), [id]);
  const realtime = useCallback((room: string) => `/lab/${id}/realtime?room=${encodeURIComponent(room)}`, [id]);
  return { id, url: `/lab/${id}/realtime`, realtime, room: `stream-${id}`, order };
}

async function orderLab(id: string, order: LabOrder): Promise<LabReport> {
  const response = await fetch(`/lab/${id}/control`, { method: 'POST', body: JSON.stringify(order) });
  if (!response.ok) throw new Error(`The lab answered ${response.status}`);
  return (await response.json()) as LabReport;
}
