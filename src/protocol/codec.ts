// Values to frames and back: json, text, bytes. Knows nothing of wires.

import { RealtimeError } from '../base/error.js';
import type { Data, Frame } from '../transport/transport.js';

/**
 * How values are put into frames. `decode` throws what it cannot read; the frame is then reported and dropped.
 *
 * @example
 * const csv: Codec<string[], string[]> = { name: 'csv', encode: (row) => row.join(','), decode: (frame) => String(frame).split(',') };
 */
export interface Codec<In = unknown, Out = unknown> {
  /** Names the codec among those that share a connection: two codecs with one name are taken to be the same. */
  readonly name: string;
  encode(value: Out): Data;
  decode(frame: Frame): In;
}

const unreadable = (wanted: string, cure: string, cause?: unknown): RealtimeError =>
  new RealtimeError('parse', `A frame is not ${wanted}: use ${cure}.`, { cause });

/** JSON text, strictly. The default. */
export const json: Codec = {
  name: 'json',
  encode(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new RealtimeError('invalid', 'JSON cannot carry undefined, functions or symbols.');
    return text;
  },
  decode(frame) {
    if (typeof frame !== 'string') throw unreadable('text', "codec: 'bytes'");
    try {
      return JSON.parse(frame) as unknown;
    } catch (cause) {
      throw unreadable('JSON', "codec: 'text', or one of your own", cause);
    }
  },
};

/** Text as it is. */
export const text: Codec<string, string> = {
  name: 'text',
  encode: (value) => value,
  decode(frame) {
    if (typeof frame !== 'string') throw unreadable('text', "codec: 'bytes'");
    return frame;
  },
};

/** Bytes as they are; a text frame arrives as its UTF-8 bytes. */
export const bytes: Codec<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> = {
  name: 'bytes',
  encode: (value) => value,
  decode(frame) {
    if (typeof frame === 'string') return new TextEncoder().encode(frame);
    if (frame instanceof Uint8Array) return frame;
    throw unreadable('bytes', "binaryType: 'arraybuffer', or a codec of your own");
  },
};

/** A codec by its short name, or one of your own. */
export type CodecOption<In = unknown, Out = unknown> = 'json' | 'text' | 'bytes' | Codec<In, Out>;

const builtIn = { json, text, bytes };

export function codecOf<In, Out>(option: CodecOption<In, Out> | undefined): Codec<In, Out> {
  const codec = typeof option === 'object' ? option : builtIn[option ?? 'json'];
  return codec as Codec<In, Out>;
}
