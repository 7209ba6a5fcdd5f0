// What several connections are together. Pure.

import type { ConnectionState, Status } from './status.js';

/** The whole is what the first of these is that any of them is. */
const ranks: readonly Status[] = ['open', 'reconnecting', 'connecting', 'offline', 'idle', 'closed', 'failed'];

/** Neither ended nor failed: it is open, or may be without being asked again. */
export const isAlive = ({ status }: ConnectionState): boolean => status !== 'closed' && status !== 'failed';

/** `hadOpen`: one of them was open since they were asked to be. */
export function wholeState<S extends ConnectionState>(states: readonly S[], hadOpen: boolean): S {
  // of those that are the same, the one whose next attempt is the soonest; `null`: it is being made
  const rankOf = ({ status, nextAttemptAt }: ConnectionState): number =>
    ranks.indexOf(status) + (nextAttemptAt ?? 0) / 1e15;
  const lead = states.reduce((best, each) => (rankOf(each) < rankOf(best) ? each : best));
  const latencies = states.flatMap(({ latencyMs }) => latencyMs ?? []);
  return {
    ...lead,
    status: lead.status === 'connecting' && hadOpen ? 'reconnecting' : lead.status,
    latencyMs: latencies.length > 0 ? Math.min(...latencies) : null,
    queued: states.reduce((sum, { queued }) => sum + queued, 0),
  };
}
