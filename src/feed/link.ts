// A connection that several feeds share, with the newest of what it heard. Knows nothing of pools or React.

import type { Host } from '../base/host.js';
import { type Connection, createConnection } from '../connection/connection.js';
import type { ConnectionOptions, HeartbeatOptions } from '../connection/options.js';
import { append, emptyHistory, type History } from '../model/history.js';
import type { CodecOption } from '../protocol/codec.js';
import { type Message, plain } from '../protocol/plain.js';
import type { Data, Frame, Transport } from '../transport/transport.js';
import { warnConflict } from './check-sharing.js';

export interface LinkHeartbeat extends HeartbeatOptions {
  /** What is sent. Default 'ping'. */
  readonly message?: Data | (() => Data) | undefined;
  /** Is this frame the answer, and so no message? Default: it equals 'pong'. */
  readonly isReply?: ((frame: Frame) => boolean) | undefined;
}

/** What holds per wire: where several feeds share one, the first one's options win. */
export interface LinkOptions<In = unknown, Out = unknown> extends Omit<ConnectionOptions, 'heartbeat'> {
  /** How values become frames. Default 'json'. */
  readonly codec?: CodecOption<In, Out> | undefined;
  /** How `batch` makes one frame of several encoded values. Default: a JSON array; the codecs text and bytes have none. */
  readonly encodeBatch?: ((frames: readonly Data[]) => Data) | undefined;
  /** A frame that is an array is one message per item. Default false; true in `useLongPoll` and `usePoll`. */
  readonly split?: boolean | undefined;
  /** Default off: nobody knows what a stranger's server answers. `true` sends 'ping' and expects any frame. */
  readonly heartbeat?: LinkHeartbeat | boolean | undefined;
  /** Messages to keep. Default 100; 0 keeps none. */
  readonly history?: number | undefined;
}

export interface Link<In = unknown, Out = unknown> {
  readonly connection: Connection<Message<In>, Out>;
  /** The newest messages, for those who come late. */
  readonly recent: History<Message<In>>;
  /** How many take part. */
  readonly members: number;
  /** Takes part: the first one's options hold. Returns the undo. */
  join(options: () => LinkOptions<In, Out>): () => void;
}

/** How many messages to keep; what is no number keeps as many as if nothing had been said. */
export function historyOf({ history = 100 }: { readonly history?: number | undefined }): number {
  return history >= 0 ? history : 100;
}

/** So many messages, or as many as are kept, are put in order in one go: a latecomer is rare, a message is not. */
const FOLD_AT = 64;

const isPong = (frame: Frame): boolean => frame === 'pong';

export function createLink<In, Out, O extends LinkOptions<In, Out>>(
  host: Host,
  makeTransport: (current: () => O) => Transport,
  first: () => O,
  connect: typeof createConnection<Message<In>, Out> = createConnection,
): Link<In, Out> {
  const members = new Set<{ readonly options: () => O }>();
  let owner = first;
  let recent: History<Message<In>> = emptyHistory();
  let fresh: Message<In>[] = []; // not in `recent` yet
  let kept = 0; // of so many, when it was last looked at

  const current = (): O => owner();
  const connection = connect({
    transport: makeTransport(current),
    protocol: plain<In, Out>(() => {
      const { codec, split, encodeBatch, heartbeat } = current();
      const { message, isReply = isPong } = typeof heartbeat === 'object' ? heartbeat : {};
      return { codec, split, encodeBatch, ping: message, isReply: heartbeat ? isReply : undefined };
    }, host.clock.wallNow),
    options: current,
    host,
  });
  const fold = (): void => {
    // nobody is there and the link lingers: who comes back finds what came meanwhile
    let limit = members.size > 0 ? 0 : historyOf(current());
    for (const member of members) limit = Math.max(limit, historyOf(member.options()));
    recent = append(recent, fresh, limit);
    kept = limit;
    fresh = [];
  };
  connection.events.on((message) => {
    if (fresh.push(message) >= FOLD_AT || fresh.length > kept) fold();
  });

  return {
    connection,
    get recent() {
      fold();
      return recent;
    },
    get members() {
      return members.size;
    },
    join(options) {
      fold(); // by what those wanted who were here when it came
      const member = { options: options as () => O };
      if (members.size === 0) owner = member.options;
      else if (process.env.NODE_ENV !== 'production') warnConflict(members, current(), options());
      members.add(member);
      connection.review();
      return () => {
        fold();
        members.delete(member);
        // the options of the last one hold while the link lingers
        for (const { options: heir } of members) {
          if (owner === member.options) owner = heir;
          break;
        }
        connection.review();
      };
    },
  };
}
