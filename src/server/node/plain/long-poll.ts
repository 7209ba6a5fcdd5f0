// One answer: held until there is something to say (long poll), or given at once (poll).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cancel, systemClock } from '../../../base/clock.js';
import type { Unsubscribe } from '../../../base/readable.js';
import type { Past, RoomMessage } from '../../backplane.js';
import { answer, endWith, refuse, resumeHeader } from '../answer.js';
import { follow, idOf, latestFor, pastFor } from './plain.js';
import { type Context, LEAVING, type Visit } from '../visit.js';

/** Of one answer: clients bound what they read. The rest is asked for with its cursor; one message goes whatever its size. */
const MAX_ANSWER_BYTES = 2 ** 20;

const jsonOf = ({ payload }: RoomMessage): string =>
  typeof payload === 'string' ? payload : `"${Buffer.from(payload).toString('base64')}"`;

/** As many as one answer carries, oldest first. */
function cut(messages: readonly RoomMessage[]): { readonly given: readonly RoomMessage[]; readonly body: string } {
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

/** Rejects where the room is out of reach: then nothing was answered. */
export async function servePoll(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  context: Context,
): Promise<void> {
  const { emit, atClose } = context;
  const { room, cursor, replay = Infinity, waitS = 0 } = visit;

  if (visit.waitS === undefined && cursor === undefined) {
    // a snapshot: what is kept, until that changes
    const past = await latestFor({ ...visit, replay }, context);
    const { given, body } = cut(past.messages);
    const place = idOf(given.at(-1) ?? past);
    const headers = { etag: `"${place}.${given.length}"`, 'roomtone-cursor': place };
    if (isKnown(headers.etag, request.headers['if-none-match'])) return answer(response, 304, undefined, headers);
    return answer(response, 200, body, headers);
  }

  const reply = (found: readonly RoomMessage[], past: Past): void => {
    const { given, body } = cut(found);
    answer(response, given.length > 0 ? 200 : 204, given.length > 0 ? body : undefined, {
      'roomtone-cursor': idOf(given.at(-1) ?? past),
      ...resumeHeader(visit, past),
    });
  };
  // a first place is told at once, or what comes before the second request is lost
  if (waitS === 0 || cursor === undefined) {
    const past = await pastFor(visit, context, false);
    return reply(past.messages, past);
  }

  const heard: RoomMessage[] = [];
  let isOver = false;
  let held: Past | undefined;
  let unsubscribe: Unsubscribe = () => {};
  let cancelWait: Cancel = () => {};
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    unsubscribe();
    cancelWait();
    forget();
    if (!held) return;
    emit({ type: 'left', room, transport: 'long-poll' });
    emit({ type: 'disconnected', transport: 'long-poll', code: null });
  };
  const finish = (): void => {
    if (!held || isOver) return;
    leave();
    reply(heard, held);
  };
  const begin = (past: Past): void => {
    if (isOver) return;
    // at once, though there may be nothing to say: a gap
    if (past.messages.length > 0 || past.gap) {
      leave();
      return reply(past.messages, past);
    }
    held = past;
    cancelWait = systemClock.after(waitS * 1_000, finish);
    emit({ type: 'connected', transport: 'long-poll' });
    emit({ type: 'joined', room, transport: 'long-poll' });
  };
  const message = (each: RoomMessage): void => {
    // what is published in the same tick goes along
    if (heard.push(each) === 1) queueMicrotask(finish);
  };

  const forget = atClose(() => {
    if (!held) refuse(response, context, LEAVING);
    finish();
    leave();
    return endWith(request, response);
  });
  response.on('close', leave);
  // it comes again with its place, and is told then what is missing
  const stop = await follow(visit, context, false, begin, { onMessage: message, onGap: finish });
  unsubscribe = stop;
  if (isOver) stop();
}
