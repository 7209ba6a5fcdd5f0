// All components that read what changes outside, side by side. Those of one group read the same.

import type { ReactNode } from 'react';
import { Count, FeedStatus, Handed, LastMessage, Selected, SelectedStatus } from './feed-readers.js';
import {
  Connection,
  Others,
  RoomLast,
  RoomMessages,
  RoomOthers,
  RootConnection,
  RootMembers,
  RootRoom,
  WholeRoom,
} from './rooms-readers.js';
import type { ReaderProps } from './shown.js';

const readers = [
  ...[LastMessage, FeedStatus, RoomLast, Others, Connection, Count, SelectedStatus, RoomMessages],
  ...[RoomOthers, RootConnection, Handed, WholeRoom, RootMembers, Selected, RootRoom],
];

/** All of them, once. */
export function Wall({ turn }: ReaderProps): ReactNode {
  return (
    <p>
      {readers.map((Reader) => (
        <Reader key={Reader.name} turn={turn} />
      ))}
    </p>
  );
}

export const READERS: number = readers.length;

/** The compiler's cache is an array that is asked for at the top of the function. */
export const isCompiled: boolean = readers.every((each) => /\bc\)?\(\d+\)|_c\(\d+\)/.test(String(each)));
