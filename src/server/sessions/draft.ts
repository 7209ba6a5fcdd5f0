// What a client says, as it may be published. Publishes nothing.

import { fromBase64 } from '../../protocol/base64.js';
import type { ClientEvent } from '../../protocol/rooms-frames.js';
import type { Draft } from '../backplane.js';

type PublishEvent = Extract<ClientEvent, { readonly t: 'publish' }>;

/** As JSON, or as the bytes that it stands for; or what is wrong with it. */
export function draftOf({ id, data, type: given }: PublishEvent, from: string): Draft | string {
  const type = given ?? 'message'; // null is as absent
  if (type.length > 128 || /[\r\n\0]/.test(type)) return 'A type has up to 128 characters, no line breaks and no NUL.';
  if (type === 'binary') {
    const bytes = typeof data === 'string' ? fromBase64(data) : undefined;
    return bytes ? { id, from, payload: bytes, type } : 'The data of `binary` is base64.';
  }
  try {
    return { id, from, payload: JSON.stringify(data), type: type || 'message' };
  } catch {
    return 'The data is nested too deep.';
  }
}
