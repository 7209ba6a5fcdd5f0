// Frames of the rooms protocol, checked field by field. Bad input becomes a reason, never an exception in somebody's state.

import { RealtimeError } from '../base/error.js';
import type { ClientEvent, ServerEvent } from './rooms-frames.js';

/** 1 to 128 characters, none of them a control character (Unicode category Cc). */
export function isRoomName(name: unknown): name is string {
  return typeof name === 'string' && /^\P{Cc}{1,128}$/u.test(name);
}

/** Users, connections and messages: 1 to 128 characters. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= 128;
}

/** A whole number from 0 on that arithmetic can be trusted with. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** An object, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isPlace = (value: unknown): boolean => isRecord(value) && isText(value['epoch']) && isCount(value['offset']);
type Check = ((value: unknown) => boolean) & { readonly optional?: true };
/** Absent, or null, or this. */
const isMaybe = (is: (value: unknown) => boolean): Check =>
  Object.assign((value: unknown) => value === undefined || value === null || is(value), { optional: true as const });
const isListOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(is);

type Shape = Readonly<Record<string, Check>>;
const isShaped = (shape: Shape): ((value: unknown) => boolean) => {
  const fields = Object.entries(shape);
  return (value) => isRecord(value) && fields.every(([field, is]) => is(value[field]));
};

const isMoment = isMaybe((value) => Number.isFinite(value));
const messageShape = { offset: isCount, id: isId, from: isMaybe(isId), type: isMaybe(isText), at: isMoment };
const isMessage = isShaped(messageShape);
/** What is left out has no limit. */
const isLimit = (value: unknown): boolean => value === undefined || isCount(value);
const isEntry = isShaped({ user: isId, connection: isId, n: isCount, data: isRecord });
const isChange = (value: unknown): boolean =>
  isRecord(value) &&
  (value['op'] === 'leave'
    ? isId(value['user']) && isId(value['connection']) && isCount(value['n'])
    : (value['op'] === 'enter' || value['op'] === 'update') && isEntry(value['entry']));

const inRoom = { room: isRoomName };
const clientShapes: Readonly<Record<ClientEvent['t'], Shape>> = {
  hello: {
    v: isCount,
    key: (key) => typeof key === 'string' && key.length >= 16 && key.length <= 128,
    n: isMaybe(isCount),
    token: isMaybe(isText),
  },
  auth: { token: isText },
  ping: {},
  pong: {},
  bye: {},
  join: { ...inRoom, join: isCount, since: isMaybe(isPlace), history: isMaybe(isCount), presence: isMaybe(isRecord) },
  leave: { ...inRoom, join: isCount },
  publish: { ...inRoom, id: isId, data: (data) => data !== undefined, type: isMaybe(isText) },
  presence: { ...inRoom, data: (data) => data === null || isRecord(data) },
  members: inRoom,
  history: { ...inRoom, before: isCount, limit: isCount, request: isCount },
};
/** What a server tells of is a room that was joined, or it is ignored: its name need not be looked at letter by letter. */
const ofRoom = { room: isText };
const serverShapes: Readonly<Record<ServerEvent['t'], Shape>> = {
  welcome: {
    v: isCount,
    user: isShaped({ id: isId }),
    connection: isId,
    limits: isShaped({ maxMessageBytes: isLimit, maxPresenceBytes: isLimit, dedupeMs: isLimit }),
    heartbeatMs: isCount,
  },
  authed: { expiresInMs: isMaybe(isCount) },
  ping: {},
  pong: {},
  joined: {
    ...ofRoom,
    join: isCount,
    epoch: isText,
    offset: isCount,
    messages: isListOf(isMessage),
    gap: isMaybe(isShaped({ reason: isText, missed: isMaybe(isCount) })),
  },
  message: { ...ofRoom, ...messageShape },
  ack: { ...ofRoom, id: isId, epoch: isText, offset: isCount, at: isMoment },
  error: {
    code: isText,
    message: isText,
    room: isMaybe(isText),
    join: isMaybe(isCount),
    id: isMaybe(isText),
    request: isMaybe(isCount),
    retryAfterMs: isMaybe(isCount),
  },
  members: { ...ofRoom, seq: isCount, members: isListOf(isEntry) },
  presence: { ...ofRoom, seq: isCount, changes: isListOf(isChange) },
  history: { ...ofRoom, request: isCount, messages: isListOf(isMessage) },
  resync: ofRoom,
  close: { code: isCount, reason: isMaybe(isText) },
};

/** What one event of a frame turned out to be. */
export type Read<E> =
  | { readonly event: E }
  /** A type of a newer version. */
  | { readonly unknown: string }
  /** It lacks something. `value` is what came, if it was an object at all. */
  | { readonly wrong: string; readonly value: Readonly<Record<string, unknown>> | undefined };

function reader<E>(shapes: Readonly<Record<string, Shape>>): (frame: string) => readonly Read<E>[] {
  // `__proto__` is no type
  const known = new Map(
    Object.entries(shapes).map(([type, shape]) => [type, Object.entries(shape).map(([field, is]) => ({ field, is }))]),
  );
  const read = (value: unknown): Read<E> => {
    if (!isRecord(value) || typeof value['t'] !== 'string')
      return { wrong: 'An event is an object with a `t`.', value: undefined };
    const shape = known.get(value['t']);
    if (!shape) return { unknown: value['t'] };
    for (const { field, is } of shape) {
      const found = value[field];
      if (!is(found)) return { wrong: `\`${value['t']}\`: \`${field}\` is missing or wrong.`, value };
      // null is as absent; the value has just been parsed, and is nobody else's
      if (found === null && is.optional) (value as Record<string, unknown>)[field] = undefined;
    }
    return { event: value as E };
  };
  return (frame) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(frame);
    } catch (cause) {
      throw new RealtimeError('protocol', 'A frame is not JSON: is this a server of the rooms protocol?', { cause });
    }
    if (Array.isArray(parsed)) return parsed.map(read);
    if (!isRecord(parsed)) throw new RealtimeError('protocol', 'A frame is an object or an array of objects.');
    return [read(parsed)];
  };
}

/** What a client said. Throws `protocol` where it is no frame at all. */
export const readClientFrame: (frame: string) => readonly Read<ClientEvent>[] =
  /* @__PURE__ */ reader<ClientEvent>(clientShapes);
/** What a server said. Throws `protocol` where it is no frame at all. */
export const readServerFrame: (frame: string) => readonly Read<ServerEvent>[] =
  /* @__PURE__ */ reader<ServerEvent>(serverShapes);
