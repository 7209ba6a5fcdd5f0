// The policies of a connection, their defaults, and what makes no sense. Read late, decided by nobody else.

import type { Policy } from './phase.js';
import type { Protocol } from '../protocol/protocol.js';
import { judge, type Retry, sensible } from './retry.js';
import type { SenderOptions } from './sender.js';

export interface HeartbeatOptions {
  /** Silence after which the far end is asked. Default 25,000. */
  readonly intervalMs?: number | undefined;
  /** How long it may take to answer; any frame counts. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ConnectionOptions extends SenderOptions {
  readonly retry?: Retry | undefined;
  /** Default off for plain links: nobody knows what a stranger's server answers. */
  readonly heartbeat?: HeartbeatOptions | boolean | undefined;
  /** How long one attempt may take, url and token functions included. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a link must have lasted for earlier failures to be forgotten. Default 5,000. */
  readonly stableMs?: number | undefined;
  /** Silence (comments and empty polls are no silence) after which an open link is `stalled`. Default off. */
  readonly idleTimeoutMs?: number | undefined;
  /** Close while the page is hidden, after 5 s or as many ms as you say; come back when it is shown. Default false. */
  readonly pauseWhenHidden?: boolean | number | undefined;
  /** Frames over this are reported and dropped. Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

export function policyOf(
  { retry = {}, heartbeat, connectTimeoutMs, stableMs, idleTimeoutMs }: ConnectionOptions,
  renewable: boolean,
  serverDelayMs: number,
  random: () => number,
): Policy {
  const { intervalMs, timeoutMs } = typeof heartbeat === 'object' ? heartbeat : {};
  return {
    connectTimeoutMs: sensible(connectTimeoutMs, 10_000),
    stableMs: sensible(stableMs, 5_000),
    idleTimeoutMs: sensible(idleTimeoutMs, Infinity),
    heartbeat: heartbeat ? { intervalMs: sensible(intervalMs, 25_000), timeoutMs: sensible(timeoutMs, 10_000) } : null,
    judge: (end, attempt, renewed) =>
      judge(retry, end, { attempt, random, serverDelayMs, renewable: renewable && !renewed }),
  };
}

/** Grace before a hidden page's link is closed; Infinity where it is kept. */
export function hiddenGraceMs({ pauseWhenHidden = false }: ConnectionOptions): number {
  return pauseWhenHidden === true ? 5_000 : pauseWhenHidden === false ? Infinity : sensible(pauseWhenHidden, 5_000);
}

/** The first option that makes no sense, in words. Asked before a dial; later nonsense is read as if nothing had been said. */
export function wrongOption(
  options: ConnectionOptions,
  { group }: Pick<Protocol<never, never>, 'group'>,
): string | undefined {
  const { retry, heartbeat, outbox, batch, rateLimit } = options;
  if (batch && !group) return '`batch` needs the codec json, or `encodeBatch`: nobody else knows how many are one';
  const groups = [options, retry, heartbeat, outbox, batch, rateLimit];
  for (const group of groups)
    for (const [name, value] of Object.entries(group ?? {}))
      if (typeof value === 'number' ? !(value >= 0) : value !== undefined && name.endsWith('Ms'))
        return `\`${name}\` must be a number that is not negative, not ${String(value)}`;
  return undefined;
}
