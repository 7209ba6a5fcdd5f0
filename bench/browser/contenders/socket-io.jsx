// socket.io-client with the usual hook; in the fan-out each key is an event of its own.

import { createContext, useContext, useEffect, useState } from 'react';
import { io } from 'socket.io-client';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  useEffect(() => {
    const socket = io({ transports: ['websocket'], query: { id } });
    socket.on('message', add);
    return () => socket.close();
  }, [id, add]);
  return <View {...state} />;
}

const Socket = createContext(undefined);

function Cell({ name }) {
  const socket = useContext(Socket);
  const [value, setValue] = useState();
  useEffect(() => {
    const onMessage = (message) => {
      seen(message);
      setValue(message);
    };
    socket.on(name, onMessage);
    return () => socket.off(name, onMessage);
  }, [socket, name]);
  return <Shown name={name} value={value} />;
}

export function FanOut({ id, keys }) {
  const [socket] = useState(() => io({ transports: ['websocket'], query: { id, keyed: 1 }, autoConnect: false }));
  useEffect(() => {
    socket.connect();
    return () => socket.close();
  }, [socket]);
  return (
    <Socket value={socket}>
      <Grid keys={keys} of={Cell} />
    </Socket>
  );
}
