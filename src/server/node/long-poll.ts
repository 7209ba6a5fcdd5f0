// One answer: held until there is something to say (long poll), or given at once (poll).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../base/clock.js';
import type { Published } from '../published.js';
import { answer, endWith, resumeHeader } from './answer.js';
import { type Context, pastFor, type Visit } from './visit.js';

/** Of one answer: clients bound what they read. The rest is asked for with its cursor; one message goes whatever its size. */
const MAX_ANSWER_BYTES = 2 ** 20;

const jsonOf = ({ payload }: Published): string =>
  typeof payload === 'string' ? payload : `"${Buffer.from(payload).toString('base64')}"`;

/** As many as one answer carries, oldest first. */
function cut(messages: readonly Published[]): { readonly given: readonly Published[]; readonly body: string } {
  const texts: string[] = [];
  let bytes = 0;
  for (const message of messages) {
    const text = jsonOf(message);
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_ANSWER_BYTES && texts.length > 0) break;
    texts.push(text);
  }
  return { given: messages.slice(0, texts.length), body: `[${texts.join(',')}]` };
}

/** `If-None-Match` (RFC 9110 §13.1.2): a list, compared weakly, for proxies that compress weaken our tag. */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);

export function servePoll(request: IncomingMessage, response: ServerResponse, visit: Visit, context: Context): void {
  const { hub, emit, atClose } = context;
  const { room, cursor, replay = Infinity, waitS = 0 } = visit;

  if (visit.waitS === undefined && cursor === undefined) {
    // a snapshot: what is kept, until that changes
    const { given, body } = cut(hub.latest(room, replay));
    const place = given.at(-1)?.id ?? hub.position(room);
    const headers = { etag: `"${place}.${given.length}"`, 'roomtone-cursor': place };
    if (isKnown(headers.etag, request.headers['if-none-match'])) return answer(response, 304, undefined, headers);
    return answer(response, 200, body, headers);
  }

  const { messages, resumed } = pastFor(visit, context, false);
  const reply = (found: readonly Published[]): void => {
    const { given, body } = cut(found);
    answer(response, given.length > 0 ? 200 : 204, given.length > 0 ? body : undefined, {
      'roomtone-cursor': given.at(-1)?.id ?? hub.position(room),
      ...resumeHeader(resumed),
    });
  };
  // at once, though there is nothing to say: a gap; and a first place, or what comes before the second request is lost
  if (messages.length > 0 || resumed !== true || waitS === 0) return reply(messages);

  const heard: Published[] = [];
  let over = false;
  const leave = (): boolean => {
    if (over) return false;
    over = true;
    unsubscribe();
    cancelWait();
    forget();
    emit({ type: 'left', room, transport: 'long-poll' });
    emit({ type: 'disconnected', transport: 'long-poll', code: null });
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
  emit({ type: 'connected', transport: 'long-poll' });
  emit({ type: 'joined', room, transport: 'long-poll' });
}
