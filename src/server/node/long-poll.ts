// One answer: held until there is something to say (long poll), or given at once (poll).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../hub.js';
import { answer, type Context, refuse, resumeHeader, type Visit } from './visit.js';

/** Proxies cut quiet requests after 60 s. */
const MAX_WAIT_S = 55;

const arrayOf = (messages: readonly Published[]): string =>
  `[${messages.map(({ payload }) => (typeof payload === 'string' ? payload : JSON.stringify(Buffer.from(payload).toString('base64')))).join(',')}]`;

export function servePoll(request: IncomingMessage, response: ServerResponse, visit: Visit, context: Context): void {
  const { hub, emit } = context;
  const { room, cursor, replay, query } = visit;
  const wait = query.get('wait');
  const waitS = Number(wait ?? 0);
  if (!(waitS >= 0 && waitS <= MAX_WAIT_S))
    return refuse(request, response, context, {
      status: 400,
      reason: `\`wait\` is a number of seconds from 0 to ${MAX_WAIT_S}.`,
    });

  if (wait === null && cursor === undefined) {
    // a snapshot: what is kept, until it changes
    const place = hub.position(room);
    const headers = { etag: `"${place}"`, 'roomtone-cursor': place };
    if (request.headers['if-none-match'] === headers.etag)
      return answer(request, response, context, 304, undefined, headers);
    return answer(request, response, context, 200, arrayOf(hub.latest(room, Infinity)), headers);
  }

  const { messages, resumed } =
    cursor === undefined ? { messages: hub.latest(room, replay), resumed: undefined } : hub.since(room, cursor);
  const reply = (found: readonly Published[]): void =>
    answer(request, response, context, found.length > 0 ? 200 : 204, found.length > 0 ? arrayOf(found) : undefined, {
      'roomtone-cursor': found.at(-1)?.id ?? hub.position(room),
      ...resumeHeader(resumed),
    });
  // a gap is told at once, though there is nothing to tell it with
  if (messages.length > 0 || resumed === false || waitS === 0) return reply(messages);

  let over = false;
  const leave = (): boolean => {
    if (over) return false;
    over = true;
    unsubscribe();
    cancelWait();
    forget();
    emit({ type: 'left', room, transport: 'long-poll' });
    return true;
  };
  const finish = (found: readonly Published[]): void => {
    if (leave()) reply(found);
  };
  const before = hub.position(room);
  // what is published in the same tick goes along
  const unsubscribe = hub.subscribe(room, () => queueMicrotask(() => finish(hub.since(room, before).messages)));
  const cancelWait = systemClock.after(waitS * 1_000, () => finish([]));
  const forget = context.atClose(() => finish([]));
  response.on('close', leave);
  emit({ type: 'joined', room, transport: 'long-poll' });
}
