// A message by POST, to the room that the request names. Knows no users.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonLine } from '../../json-line.js';
import { answer, hasLeft, refuse } from '../answer.js';
import { bodyOf } from '../body.js';
import { draftOf, idOf, unavailable } from './plain.js';
import { isJson } from '../read-json.js';
import { type Context, LEAVING, type Visit } from '../visit.js';

export async function servePublish(
  request: IncomingMessage,
  response: ServerResponse,
  { room }: Visit,
  context: Context,
): Promise<void> {
  const { plainRooms, rooms, gate, isClosed } = context;
  const refused = (status: number, reason: string): void => refuse(response, context, { status, reason });
  if (!isJson(request)) return refused(415, 'Send application/json.');
  const tooFast = gate.knock(request);
  if (tooFast) return refuse(response, context, tooFast);
  const its = (await rooms.guests?.admit(request, room, context, 'publish')) ?? context;
  if ('refusal' in its) return refuse(response, context, its.refusal);
  if (hasLeft(request, response)) return;
  if (isClosed()) return refuse(response, context, LEAVING);
  const body = await bodyOf(request, response, its);
  if (body === undefined) return; // its sender is gone
  if (typeof body === 'object') return refused(body.status, body.reason);
  let text: string;
  try {
    text = jsonLine(body);
  } catch {
    return refused(400, 'The body is not JSON, or nested too deep.');
  }
  const bucket = rooms.rates.rooms.of(room);
  if (bucket.tokens < 1) return refused(429, 'Too much in this room (roomRateLimit).');
  bucket.spend(1);
  try {
    const receipt = await plainRooms.publish(room, draftOf(text));
    answer(response, 202, JSON.stringify({ id: idOf(receipt) }));
  } catch (error) {
    refuse(response, context, unavailable(error, room, context));
  }
}
