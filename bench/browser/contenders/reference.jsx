// REFERENCE: a WebSocket into a hand-written store that tells React once a frame. The fair limit of anything with React.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { createFrameStore, createKeyedStore } from '../page/frame-store.mjs';
import { socketUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

function useSocketInto(store, id) {
  useEffect(() => {
    const socket = new WebSocket(socketUrl(id));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      seen(message);
      store.push(message);
    };
    return () => socket.close();
  }, [store, id]);
}

export function Stream({ id }) {
  const [store] = useState(createFrameStore);
  useSocketInto(store, id);
  return <View {...useSyncExternalStore(store.subscribe, store.getSnapshot)} />;
}

function Cell({ name, store }) {
  const [subscribe, getSnapshot] = store.of(name);
  return <Shown name={name} value={useSyncExternalStore(subscribe, getSnapshot)} />;
}

export function FanOut({ id, keys }) {
  const [store] = useState(createKeyedStore);
  useSocketInto(store, id);
  return <Grid keys={keys} of={Cell} store={store} />;
}
