// Components that read one room and its connection, each in another way.

import type { ReactNode } from 'react';
import { useConnection, useMessages, useOthers, useRealtime, useRoom } from '../../../src/index.js';
import { ROOM } from './far.js';
import { type N, type ReaderProps, show, Shown } from './shown.js';

type Seen = { readonly presence: N } | undefined;

export function RoomLast({ turn }: ReaderProps): ReactNode {
  const last = useMessages<number, object, number | undefined>(ROOM, (messages) => messages.at(-1)?.data);
  return (
    <Shown of="room" turn={turn}>
      {show(last)}
    </Shown>
  );
}
export function RoomMessages({ turn }: ReaderProps): ReactNode {
  const messages = useMessages<number>(ROOM);
  return (
    <Shown of="room" turn={turn}>
      {show(messages.length)}
    </Shown>
  );
}
export function WholeRoom({ turn }: ReaderProps): ReactNode {
  const { messages } = useRoom<number>(ROOM);
  return (
    <Shown of="room" turn={turn}>
      {show(messages.at(-1)?.data)}
    </Shown>
  );
}
export function RootRoom({ turn }: ReaderProps): ReactNode {
  const last = useRealtime(({ rooms }) => rooms.get(ROOM)?.messages.at(-1)?.data);
  return (
    <Shown of="room" turn={turn}>
      {show(last as number | undefined)}
    </Shown>
  );
}
export function Others({ turn }: ReaderProps): ReactNode {
  const n = useOthers<number, N, number | undefined>(ROOM, ([first]) => first?.presence.n);
  return (
    <Shown of="people" turn={turn}>
      {show(n)}
    </Shown>
  );
}
export function RoomOthers({ turn }: ReaderProps): ReactNode {
  const { others } = useRoom<number, N>(ROOM);
  return (
    <Shown of="people" turn={turn}>
      {show(others[0]?.presence.n)}
    </Shown>
  );
}
export function RootMembers({ turn }: ReaderProps): ReactNode {
  const ben = useRealtime(({ rooms }) => rooms.get(ROOM)?.members.get('Ben') as Seen);
  return (
    <Shown of="people" turn={turn}>
      {show(ben?.presence.n)}
    </Shown>
  );
}
export function Connection({ turn }: ReaderProps): ReactNode {
  const { status } = useConnection();
  return (
    <Shown of="connection" turn={turn}>
      {status}
    </Shown>
  );
}
export function RootConnection({ turn }: ReaderProps): ReactNode {
  const status = useRealtime(({ connection }) => connection.status);
  return (
    <Shown of="connection" turn={turn}>
      {status}
    </Shown>
  );
}
