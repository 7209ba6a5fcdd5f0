// What a path for webhooks can be told. Receives none.

import type { IncomingHttpHeaders } from 'node:http';
import { RealtimeError } from '../../../base/error.js';
import { isRoomName } from '../../../protocol/read-frames.js';
import type { Awaitable } from '../../backplane.js';
import { isEventType } from '../../event-type.js';
import { bare, checkPath } from '../attach.js';

/** A function whose parameter may be annotated with what the sender is known to send; left alone it is `unknown`. */
type FromPayload<R> = { of(payload: unknown): R }['of'];

interface Published {
  /** Where it is said: the name of a room, or how to tell from the payload. */
  readonly room: string | FromPayload<string>;
  /** What is said there; undefined: nothing. Default: the payload as it came. */
  readonly map?: FromPayload<unknown> | undefined;
  /** The type for event streams. Default 'message'. */
  readonly type?: string | undefined;
}

interface Signed extends Published {
  /**
   * Of the Standard Webhooks scheme, 'whsec_…', by the `standardwebhooks` package; several while one takes another's place.
   * What was signed more than 5 minutes ago is refused.
   */
  readonly secret: string | readonly string[];
  readonly verify?: undefined;
}

interface Verified extends Published {
  /**
   * For senders with a scheme of their own: the event's id, or null where it is not from them. Throwing is a no too, and what is
   * thrown is told to nobody. Whether it is fresh is for this function to say.
   */
  readonly verify: (headers: IncomingHttpHeaders, rawBody: Buffer) => Awaitable<string | null>;
  readonly secret?: undefined;
}

export type WebhookOptions = Signed | Verified;

/** By path. */
export type Webhooks = Readonly<Record<string, WebhookOptions>>;

/** Throws `config` where a secret is none of the scheme, and does not repeat it. */
export function checkSecrets(name: string, secrets: readonly string[]): void {
  const isSecret = (each: unknown): boolean =>
    typeof each === 'string' &&
    /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{4}|[A-Za-z\d+/]{3}=|[A-Za-z\d+/]{2}==)$/.test(each.replace(/^whsec_/, ''));
  if (secrets.length === 0 || !secrets.every(isSecret))
    throw new RealtimeError('config', `\`${name}\` is 'whsec_' and base64, as the sender shows it.`);
}

/** Throws `config` where something makes no sense. */
export function checkWebhooks(webhooks: Webhooks): void {
  const paths = new Set<string>();
  for (const [path, options] of Object.entries(webhooks)) {
    checkPath(path);
    const { secret, verify, room, map, type = 'message' } = options ?? {};
    if (paths.has(bare(path))) throw new RealtimeError('config', `Two webhooks have the path '${bare(path)}'.`);
    paths.add(bare(path));
    const name = `webhooks['${path}']`;
    if ((secret === undefined) === (verify === undefined))
      throw new RealtimeError('config', `\`${name}\` has a \`secret\`, or else a \`verify\`: one of them.`);
    if (secret !== undefined) checkSecrets(`${name}.secret`, [secret].flat());
    for (const [option, given] of Object.entries({ verify, map }))
      if (given !== undefined && typeof given !== 'function')
        throw new RealtimeError('config', `\`${name}.${option}\` is a function.`);
    if (typeof room !== 'function' && !isRoomName(room))
      throw new RealtimeError('config', `\`${name}.room\` is the name of a room, or a function of the payload.`);
    if (!isEventType(type))
      throw new RealtimeError('config', `\`${name}.type\` has 1 to 128 characters, no line breaks and no NUL.`);
  }
}
