// One answer: held until there is something to say (long poll), or given at once (poll).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../published.js';
import { answer, endWith, resumeHeader } from './answer.js';
import { type Context, pastFor, type Visit } from './visit.js';

const arrayOf = (messages: readonly Published[]): string =>
  `[${messages.map(({ payload }) => (typeof payload === 'string' ? payload : `"${Buffer.from(payload).toString('base64')}"`)).join(',')}]`;

/** `If-None-Match` (RFC 9110 §13.1.2): a list, compared weakly, for proxies that compress weaken our tag. */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);

export function servePoll(request: IncomingMessage, response: ServerResponse, visit: Visit, context: Context): void {
  const { hub, emit, atClose } = context;
  const { room, cursor, replay = Infinity, waitS = 0 } = visit;

  if (visit.waitS === undefined && cursor === undefined) {
    // a snapshot: what is kept, until that changes
    const kept = hub.latest(room, replay);
    const place = hub.position(room);
    const headers = { etag: `"${place}.${kept.length}"`, 'roomtone-cursor': place };
    if (isKnown(headers.etag, request.headers['if-none-match'])) return answer(response, 304, undefined, headers);
    return answer(response, 200, arrayOf(kept), headers);
  }

  const { messages, resumed } = pastFor(visit, hub);
  const reply = (found: readonly Published[], headers?: Readonly<Record<string, string>>): void =>
    answer(response, found.length > 0 ? 200 : 204, found.length > 0 ? arrayOf(found) : undefined, {
      'roomtone-cursor': found.at(-1)?.id ?? hub.position(room),
      ...resumeHeader(resumed),
      ...headers,
    });
  // a gap is told at once, though there is nothing to tell it with
  if (messages.length > 0 || resumed === false || waitS === 0) return reply(messages);

  const heard: Published[] = [];
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
  const finish = (): void => {
    if (leave()) reply(heard);
  };
  const unsubscribe = hub.subscribe(room, (message) => {
    // what is published in the same tick goes along
    if (heard.push(message) === 1) queueMicrotask(finish);
  });
  const cancelWait = systemClock.after(waitS * 1_000, finish);
  const forget = atClose(() => {
    finish();
    return endWith(request, response);
  });
  response.on('close', leave);
  emit({ type: 'joined', room, transport: 'long-poll' });
}
