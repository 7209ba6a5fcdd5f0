// The body of a POST, for as long as its sender may stay. Publishes nothing.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { endWith, refuse } from './answer.js';
import { turnAway } from './plain/guests.js';
import type { Refusal } from './query.js';
import { readBody } from './read-json.js';
import { type Context, LEAVING } from './visit.js';

/** The text, or why not; undefined: its sender went away, or was told to go: then it was answered. */
export async function bodyOf(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<string | Refusal | undefined> {
  const { settings, atClose } = context;
  let isOver = false;
  const forget = atClose((code, reason = '') => {
    isOver = true; // what it still says comes too late
    refuse(response, context, code === undefined ? LEAVING : turnAway(code, reason).refusal);
    return endWith(request, response);
  });
  const body = await readBody(request, settings.maxMessageBytes, settings.bodyTimeoutMs);
  forget();
  return isOver ? undefined : body;
}
