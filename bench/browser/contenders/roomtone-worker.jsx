// roomtone with its WebSocket in a Worker: the same messages, one a frame, of which the main thread sees batches.

import { useState, useSyncExternalStore } from 'react';
import { createFeed, inWorker } from 'roomtone/core';
import { seen } from '../page/bench.mjs';
import { socketUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

const dataOf = ({ data }) => data;
const onMessage = ({ data }) => seen(data);
const worker = () => new Worker(new URL('../page/live.worker.mjs', import.meta.url), { type: 'module' });

export function Stream({ id }) {
  const [feed] = useState(() => createFeed({ transport: inWorker(worker, { given: socketUrl(id) }), onMessage }));
  const { count, lastMessage, messages } = useSyncExternalStore(feed.subscribe, feed.getSnapshot);
  return <View count={count} last={lastMessage?.data} rows={messages} dataOf={dataOf} />;
}
