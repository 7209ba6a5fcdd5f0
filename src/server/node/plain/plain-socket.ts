// Readers and writers over WebSocket (RFC 6455): each message one frame, without an envelope. Upgrades nobody.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { systemClock } from '../../../base/clock.js';
import type { Unsubscribe } from '../../../base/readable.js';
import { isLater } from '../../awaitable.js';
import type { Awaitable, Past, RoomMessage } from '../../backplane.js';
import type { Hearing } from '../../hear.js';
import { jsonLine } from '../../json-line.js';
import type { Payload } from '../../published.js';
import { failureOf } from '../failure.js';
import { TRY_AGAIN_LATER } from '../../closing.js';
import { createSocketExits, type SocketExit } from '../socket-exit.js';
import { type Context, SERVICE_RESTART, type Visit } from '../visit.js';
import { createInflows, type Inflow } from './inflow.js';
import { draftOf, follow } from './plain.js';

/** One of them, in its room. */
interface Link {
  readonly room: string;
  /** What it may is its own where users are asked for. */
  readonly context: Context;
  /** There when it has written. */
  inflow: Inflow | undefined;
  /** Until it is here. */
  opened: Promise<void> | undefined;
  isHere: boolean;
  unsubscribe: Unsubscribe | undefined;
  /** Whoever could send it away for a reason of its own does so no more. */
  forget: (() => void) | undefined;
}
type Exit = SocketExit<Link>;
interface Ear extends Hearing {
  readonly exit: Exit;
}

/** Serves each socket that what it returns is given, as far as its own context goes. */
export function createPlainSockets(
  context: Context,
): (socket: WebSocket, stream: Duplex, visit: Visit, its: Context) => void {
  const { settings, emit } = context;
  const inflows = createInflows({
    maxOwed: settings.maxBufferedBytes,
    clock: systemClock,
    tooFast: (room, option) =>
      emit({ type: 'refused', status: 'rate-limited', reason: `Not read for a while (${option}).`, room }),
  });
  const exits = createSocketExits<Link>(context, {
    roomOf: ({ of: link }) => link?.room ?? null,
    message(exit, data, isBinary) {
      if (exit.of) heard(exit, exit.of, data, isBinary);
    },
    close: (exit, code, reason) => void exits.hangUp(exit, code, reason),
    left({ of: link }) {
      link?.unsubscribe?.();
      if (link?.inflow) inflows.stop(link.inflow);
      if (link?.isHere) emit({ type: 'left', room: link.room, transport: 'websocket' });
    },
    closed({ of: link }, code) {
      emit({ type: 'disconnected', transport: 'websocket', code });
      link?.forget?.();
    },
  });

  /** There is no other word for it: what it says now is lost, or the room cannot be heard. */
  const failed = (exit: Exit, { room }: Link, cause: unknown): void => {
    if (exit.isOver) return;
    emit(failureOf(room, cause));
    void exits.hangUp(exit, TRY_AGAIN_LATER, 'not now');
  };
  const publish = (exit: Exit, link: Link, inflow: Inflow, payload: Payload): void => {
    const say = (): Awaitable<unknown> => link.context.plainRooms.publish(link.room, draftOf(payload));
    try {
      // not before it would hear itself
      const said = link.isHere || !link.opened ? say() : link.opened.then(say);
      if (isLater(said))
        inflows.owe(
          inflow,
          payload.length,
          said.catch((error: unknown) => failed(exit, link, error)),
        );
    } catch (error) {
      failed(exit, link, error);
    }
  };
  const readerOf = (exit: Exit) => ({ pause: () => exit.socket.pause(), resume: () => exits.resume(exit) });
  const heard = (exit: Exit, link: Link, data: Buffer, isBinary: boolean): void => {
    if (exit.isOver) return; // and is read all the same: what its client says of the end is behind it
    const inflow = (link.inflow ??= inflows.open(readerOf(exit), link.room, link.context.rooms.rates));
    inflows.heard(inflow);
    if (isBinary) return publish(exit, link, inflow, new Uint8Array(data));
    const text = data.toString('utf8');
    if (text === 'ping') return exits.send(exit, 'pong'); // the heartbeat of plain links
    let line: string;
    try {
      line = jsonLine(text);
    } catch {
      return emit({ type: 'invalid', room: link.room, reason: 'a frame that is not JSON' });
    }
    publish(exit, link, inflow, line);
  };
  // one function each for all sockets, which find theirs by `this`
  function onMessage(this: Ear, { payload }: RoomMessage): void {
    exits.send(this.exit, payload);
  }
  function onGap(this: Ear): void {
    // no frame of a plain link could say it; who reconnects may look elsewhere for what is missing
    void exits.hangUp(this.exit, TRY_AGAIN_LATER, 'something was missed');
  }
  const open = async (exit: Exit, link: Link, visit: Visit): Promise<void> => {
    const begin = ({ messages }: Past): void => {
      if (exit.isOver) return;
      for (const { payload } of messages) exits.send(exit, payload, true);
      link.isHere = true;
      emit({ type: 'joined', room: link.room, transport: 'websocket' });
    };
    const ear: Ear = { exit, onMessage, onGap };
    const stop = await follow(visit, link.context, true, begin, ear);
    link.unsubscribe = stop;
    link.opened = undefined;
    if (exit.isOver) stop();
  };

  return (socket, stream, visit, its) => {
    const exit = exits.open(socket, stream);
    const link: Link = {
      room: visit.room,
      context: its,
      inflow: undefined,
      opened: undefined,
      isHere: false,
      unsubscribe: undefined,
      forget: undefined,
    };
    exit.of = link;
    // where users are asked for they can be sent away; the end of the server is told to all in one
    if (its !== context)
      link.forget = its.atClose((code = SERVICE_RESTART, reason = 'the server restarts') =>
        exits.hangUp(exit, code, reason),
      );
    link.opened = open(exit, link, visit);
    link.opened.catch((error: unknown) => failed(exit, link, error));
  };
}
