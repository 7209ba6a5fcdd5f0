// Components that read one socket, each in another way.

import type { ReactNode } from 'react';
import { type FeedState, type Status, useWebSocket } from '../../../src/index.js';
import { ADDRESS } from './far.js';
import { type N, type ReaderProps, show, Shown, useParts } from './shown.js';

export function LastMessage({ turn }: ReaderProps): ReactNode {
  const { lastMessage } = useWebSocket<number>(ADDRESS, useParts().options);
  return (
    <Shown of="feed" turn={turn}>
      {show(lastMessage?.data)}
    </Shown>
  );
}
export function Count({ turn }: ReaderProps): ReactNode {
  const { count } = useWebSocket<number>(ADDRESS, useParts().options);
  return (
    <Shown of="feed" turn={turn}>
      {show(count)}
    </Shown>
  );
}
/** What is read is read by a child only. */
export function Handed({ turn }: ReaderProps): ReactNode {
  const feed = useWebSocket<number>(ADDRESS, useParts().options);
  return <Newest turn={turn} feed={feed} />;
}
function Newest({ turn, feed }: ReaderProps & { readonly feed: FeedState<number> }): ReactNode {
  const { messages } = feed;
  return (
    <Shown of="feed" turn={turn}>
      {show(messages.at(-1)?.data)}
    </Shown>
  );
}
export function Selected({ turn }: ReaderProps): ReactNode {
  const { selected } = useWebSocket<number, unknown, N>(ADDRESS, {
    ...useParts().options,
    select: ({ messages }) => ({ n: messages.length }),
    isEqual: (a, b) => a.n === b.n,
  });
  return (
    <Shown of="feed" turn={turn}>
      {show(selected.n)}
    </Shown>
  );
}
export function FeedStatus({ turn }: ReaderProps): ReactNode {
  const { status } = useWebSocket<number>(ADDRESS, useParts().options);
  return (
    <Shown of="status" turn={turn}>
      {status}
    </Shown>
  );
}
export function SelectedStatus({ turn }: ReaderProps): ReactNode {
  const { selected } = useWebSocket<number, unknown, Status>(ADDRESS, {
    ...useParts().options,
    select: ({ status }) => status,
  });
  return (
    <Shown of="status" turn={turn}>
      {selected}
    </Shown>
  );
}
