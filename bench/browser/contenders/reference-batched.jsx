// REFERENCE: as reference, with a hundred messages in a frame.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { seen } from '../page/bench.mjs';
import { createFrameStore } from '../page/frame-store.mjs';
import { socketUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const [store] = useState(createFrameStore);
  useEffect(() => {
    const socket = new WebSocket(socketUrl(id, 100));
    socket.onmessage = ({ data }) => {
      for (const message of JSON.parse(data)) {
        seen(message);
        store.push(message);
      }
    };
    return () => socket.close();
  }, [id, store]);
  return <View {...useSyncExternalStore(store.subscribe, store.getSnapshot)} />;
}
