// What most people write by hand: useState and useEffect; in the fan-out, a context with the last message.

import { createContext, useContext, useEffect, useState } from 'react';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

function useSocket(id, onMessage) {
  useEffect(() => {
    const socket = new WebSocket(socketUrl(id));
    socket.onmessage = ({ data }) => onMessage(JSON.parse(data));
    return () => socket.close();
  }, [id, onMessage]);
}

export function Stream({ id }) {
  const { state, add } = useKept();
  useSocket(id, add);
  return <View {...state} />;
}

const Last = createContext(undefined);

function Cell({ name }) {
  const last = useContext(Last);
  const [value, setValue] = useState();
  useEffect(() => {
    if (last?.key !== name) return;
    seen(last);
    setValue(last);
  }, [last, name]);
  return <Shown name={name} value={value} />;
}

export function FanOut({ id, keys }) {
  const [last, setLast] = useState();
  useSocket(id, setLast);
  return (
    <Last value={last}>
      <Grid keys={keys} of={Cell} />
    </Last>
  );
}
