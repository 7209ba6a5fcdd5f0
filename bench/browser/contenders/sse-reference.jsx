// REFERENCE over SSE: fetch and eventsource-parser into a hand-written store that tells React once a frame.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { seen } from '../page/bench.mjs';
import { createFrameStore } from '../page/frame-store.mjs';
import { readEvents } from '../page/read-events.mjs';
import { streamUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const [store] = useState(createFrameStore);
  useEffect(() => {
    const leaving = new AbortController();
    const take = (message) => {
      seen(message);
      store.push(message);
    };
    void readEvents(streamUrl(id), take, leaving.signal);
    return () => leaving.abort();
  }, [id, store]);
  return <View {...useSyncExternalStore(store.subscribe, store.getSnapshot)} />;
}
