// What is said in rooms, told to another service by POST, signed by the Standard Webhooks scheme. Publishes nothing.

import { createHash, randomInt } from 'node:crypto';
import { type Clock, dateAt, systemClock } from '../../../base/clock.js';
import { RealtimeError } from '../../../base/error.js';
import type { Unsubscribe } from '../../../base/readable.js';
import { guarded } from '../../../base/report.js';
import type { RoomMessage } from '../../backplane.js';
import { checkLeast } from '../../check.js';
import type { RealtimeServer } from '../server-api.js';
import { loadSigners } from './standard-webhooks.js';
import { checkSecrets } from './webhook-options.js';

export interface ForwardedEvent {
  /** Its `webhook-id`: the same for each attempt, and on every server with these rooms. */
  readonly id: string;
  readonly room: string;
  /** What is posted: `{ type, timestamp, data: { room, id, from, data } }`. */
  readonly body: string;
}

export interface ForwardOptions {
  readonly url: string;
  /** 'whsec_…'; several while one takes another's place: it is signed with each. */
  readonly secret: string | readonly string[];
  readonly rooms: readonly string[];
  /** Which messages go. Default: all. */
  readonly filter?: ((message: RoomMessage, room: string) => boolean) | undefined;
  /** How often one is tried. Default 5. */
  readonly attempts?: number | undefined;
  /** The wait before the second attempt, four times as long before each that follows; up to half of it less, by chance. Default 1,000. */
  readonly initialDelayMs?: number | undefined;
  /** No wait is longer. Default 60,000. */
  readonly maxDelayMs?: number | undefined;
  /** How long an answer may take. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Events that may wait, of all rooms together; one more is dead at once. Default 10,000. */
  readonly maxQueued?: number | undefined;
  /** Hears of each event that is given up, and why. */
  readonly onDead?: ((event: ForwardedEvent, error: RealtimeError) => void) | undefined;
  /** Hears why a room cannot be heard, or that something of it was missed. */
  readonly onError?: ((error: RealtimeError, room: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock | undefined;
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined;
}

/** Whole, and safe in a header, whatever the room is called. */
const idOf = (room: string, { epoch, offset }: RoomMessage): string =>
  `msg_${createHash('sha256').update(`${epoch}-${offset}-${room}`).digest('base64url').slice(0, 27)}`;

function eventOf(room: string, message: RoomMessage): ForwardedEvent {
  const { payload, type, from, id, at } = message;
  // as it was written: numbers keep their digits
  const data = typeof payload === 'string' ? payload : JSON.stringify(Buffer.from(payload).toString('base64'));
  const [about, what] = [JSON.stringify({ room, id, from }), JSON.stringify({ type, timestamp: dateAt(at) })];
  return { id: idOf(room, message), room, body: `${what.slice(0, -1)},"data":${about.slice(0, -1)},"data":${data}}}` };
}

/**
 * Posts what is said in some rooms: those of one room in order, one at a time; rooms side by side. At least once: a receiver
 * knows a repeat by its `webhook-id`. What is returned stops it, and says what was not delivered. Throws `config` for options
 * that make no sense.
 *
 * @example
 * const stop = forward(realtime, { url: 'https://example.com/hook', secret: 'whsec_…', rooms: ['orders'] });
 */
export function forward(
  realtime: Pick<RealtimeServer, 'hear'>,
  options: ForwardOptions,
): () => readonly ForwardedEvent[] {
  const { url, rooms, filter, onDead, onError, clock = systemClock, attempts = 5, timeoutMs = 10_000 } = options;
  const { initialDelayMs = 1_000, maxDelayMs = 60_000, maxQueued = 10_000 } = options;
  const { fetch: send = fetch, random = (): number => randomInt(2 ** 32) / 2 ** 32 } = options;
  const secrets = [options.secret].flat();
  checkLeast(1, { attempts, initialDelayMs, maxDelayMs, timeoutMs, maxQueued });
  checkSecrets('secret', secrets);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new RealtimeError('config', '`url` is an address, http or https.');
  const stopped = new AbortController();
  const loading = loadSigners(secrets);
  loading.catch(() => {}); // each event is told of it
  const queues = new Map<string, ForwardedEvent[]>();
  const leaves = new Set<Unsubscribe>();
  let queued = 0;

  /** Resolves early where it is stopped. */
  const wait = (attempt: number): Promise<void> =>
    new Promise((resolve) => {
      const ms = Math.min(maxDelayMs, initialDelayMs * 4 ** (attempt - 1)) * (1 - random() / 2);
      const done = (): void => {
        cancel();
        stopped.signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      stopped.signal.addEventListener('abort', done);
    });

  /** Why not, where it was not taken. What is said of it holds no address: that may be a secret. */
  const post = async ({ id, body }: ForwardedEvent): Promise<RealtimeError | undefined> => {
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      const signers = await loading;
      const at = dateAt(clock.wallNow());
      const {
        status,
        ok,
        body: answer,
      } = await send(url, {
        method: 'POST',
        redirect: 'manual', // nobody else is told
        signal: AbortSignal.any([late.signal, stopped.signal]),
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': signers.map((each) => each.sign(id, at, body)).join(' '),
        },
        body,
      });
      answer?.cancel().catch(() => {});
      return ok ? undefined : new RealtimeError('refused', `The receiver answered ${status}.`, { code: status });
    } catch (cause) {
      if (late.signal.aborted) return new RealtimeError('timeout', `No answer within ${timeoutMs} ms.`);
      return cause instanceof RealtimeError ? cause : new RealtimeError('lost', 'Out of reach.', { cause });
    } finally {
      cancel();
    }
  };

  const deliver = async (event: ForwardedEvent): Promise<void> => {
    for (let attempt = 1; !stopped.signal.aborted; attempt++) {
      const error = await post(event);
      if (!error) return void queues.get(event.room)?.shift();
      if (stopped.signal.aborted) return;
      // 410: it wants no more of them
      if (attempt >= attempts || error.code === 410 || error.kind === 'config') {
        queues.get(event.room)?.shift();
        return guarded(onDead, event, error);
      }
      await wait(attempt);
    }
  };
  const drain = async (queue: readonly ForwardedEvent[]): Promise<void> => {
    for (let next = queue[0]; next && !stopped.signal.aborted; next = queue[0]) {
      await deliver(next);
      queued--;
    }
  };
  const take = (room: string, message: RoomMessage): void => {
    if (filter && guarded(filter, message, room) !== true) return;
    const event = eventOf(room, message);
    if (queued >= maxQueued)
      return guarded(onDead, event, new RealtimeError('overflow', `${maxQueued} wait already (maxQueued).`));
    const queue = queues.get(room) ?? [];
    queues.set(room, queue);
    queued++;
    if (queue.push(event) === 1) void drain(queue);
  };
  const open = async (room: string): Promise<void> => {
    for (let attempt = 1; !stopped.signal.aborted; attempt++)
      try {
        const leave = await realtime.hear(room, {
          onMessage: (message) => take(room, message),
          onGap: ({ reason }) => guarded(onError, new RealtimeError('lost', `Messages were missed: ${reason}.`), room),
        });
        if (stopped.signal.aborted) leave();
        else leaves.add(leave);
        return;
      } catch (cause) {
        guarded(onError, new RealtimeError('lost', 'The room cannot be heard now.', { cause }), room);
        await wait(attempt);
      }
  };
  for (const room of new Set(rooms)) void open(room);

  return () => {
    stopped.abort();
    for (const leave of leaves) leave();
    leaves.clear();
    return [...queues.values()].flat();
  };
}
