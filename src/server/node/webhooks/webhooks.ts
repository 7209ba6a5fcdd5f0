// What other services tell by POST, signed: published to a room, once. Decides no signature scheme.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../../base/clock.js';
import { isRoomName } from '../../../protocol/read-frames.js';
import type { Awaitable, Draft, Receipt } from '../../backplane.js';
import { WEBHOOK } from '../../identity.js';
import { createLedgers } from '../../ledger.js';
import { payloadOf } from '../../payload-of.js';
import { answer, headersFor } from '../answer.js';
import { readBytes, textOf } from '../read-json.js';
import { loadSigners } from './standard-webhooks.js';
import type { Refusal } from '../query.js';
import type { Context } from '../visit.js';
import { checkWebhooks, type WebhookOptions, type Webhooks } from './webhook-options.js';

export type WebhookReceiver = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Senders try again for hours: an id is known for a day, by the server that took it. */
const KNOWN = { windowMs: 86_400_000, size: 10_000 };
const MAX_ID = 256;
const NO_SIGNATURE: Refusal = { status: 401, reason: 'The signature is wrong, or too old.' };

type Verify = (request: IncomingMessage, body: Buffer) => Promise<string | Refusal>;

function verifierOf({ secret, verify }: WebhookOptions, onMissing: (cause: Error) => void): Verify {
  if (verify)
    return async ({ headers }, body) => {
      const id: unknown = await verify(headers, body);
      return typeof id === 'string' ? id : NO_SIGNATURE;
    };
  const loading = loadSigners([secret].flat());
  loading.catch(onMissing); // at the start, and not at the first payment
  return async ({ headers }, body) => {
    const signers = await loading.catch((error: Error): Refusal => ({ status: 501, reason: error.message }));
    if ('status' in signers) return signers;
    const isBy = (signer: (typeof signers)[number]): boolean => {
      try {
        signer.verify(body, headers as Record<string, string>, { jsonParse: false });
        return true;
      } catch {
        return false;
      }
    };
    return signers.some(isBy) ? String(headers['webhook-id']) : NO_SIGNATURE;
  };
}

/** By path. `publish` is over when the message is in the room. Throws `config` for options that make no sense. */
export function createWebhooks(
  webhooks: Webhooks,
  { emit, gate, settings, isClosed }: Context,
  publish: (room: string, draft: Draft) => Awaitable<Receipt>,
): ReadonlyMap<string, WebhookReceiver> {
  checkWebhooks(webhooks);
  const createLedger = createLedgers(systemClock, KNOWN);

  const receiver = (path: string, options: WebhookOptions): WebhookReceiver => {
    const known = createLedger();
    const from = WEBHOOK + path;
    const failed = (reason: string, cause: unknown): void =>
      emit({ type: 'error', room: null, reason: `${from}: ${reason}`, cause });
    const verify = verifierOf(options, (cause) => failed(cause.message, cause));

    /** The status of the answer, or why not. */
    const receive = async (request: IncomingMessage, body: Buffer): Promise<number | Refusal> => {
      // what `verify` throws may hold the body and the headers: it goes nowhere
      const messageId = await verify(request, body).catch(() => NO_SIGNATURE);
      if (typeof messageId === 'object') return messageId;
      if (messageId === '' || messageId.length > MAX_ID)
        return { status: 400, reason: `The id of an event has 1 to ${MAX_ID} characters.` };
      if (known.find({ from, messageId })) return 200;
      const text = textOf(body);
      if (typeof text === 'object') return text;
      let payload: unknown;
      try {
        payload = JSON.parse(text);
      } catch {
        return { status: 400, reason: 'The body is not JSON, or nested too deep.' };
      }
      let room: string;
      let data: unknown;
      let draft: Draft | undefined;
      try {
        data = options.map ? options.map(payload) : payload;
        room = typeof options.room === 'string' ? options.room : options.room(payload);
        if (!isRoomName(room)) throw new TypeError('A room has 1 to 128 characters, none of them a control character.');
        if (data !== undefined)
          draft = { id: messageId, from, payload: payloadOf(data), type: options.type ?? 'message' };
      } catch (cause) {
        failed('`room` or `map` has failed', cause);
        return { status: 500, reason: 'This event could not be understood here.' };
      }
      if (isClosed()) return { status: 503, reason: 'The server is going away.' };
      try {
        const receipt = draft && (await publish(room, draft));
        const now = systemClock.wallNow();
        known.remember({ from, messageId }, { offset: receipt?.offset ?? 0, wallAt: receipt?.at ?? now });
        return receipt ? (receipt.duplicate ? 200 : 202) : 204;
      } catch (cause) {
        failed('not published', cause);
        return { status: 503, reason: 'Not now: send it again.' };
      }
    };

    return async (request, response) => {
      const refused = ({ status, reason }: Refusal): void => {
        emit({ type: 'refused', status, reason: `${from}: ${reason}` });
        const headers = status === 405 ? { allow: 'POST' } : headersFor(status);
        answer(response, status, JSON.stringify({ error: reason }), headers);
      };
      if (request.method !== 'POST') return refused({ status: 405, reason: 'Use POST.' });
      const tooFast = gate.knock(request);
      if (tooFast) return refused(tooFast);
      const body = await readBytes(request, settings.maxMessageBytes, settings.bodyTimeoutMs);
      if (body === undefined) return; // its sender is gone
      if (!Buffer.isBuffer(body)) return refused(body);
      const outcome = await receive(request, body);
      if (typeof outcome === 'object') refused(outcome);
      else answer(response, outcome);
    };
  };
  return new Map(Object.entries(webhooks).map(([path, options]) => [path, receiver(path, options)]));
}
