// partysocket's hook; in the fan-out each cell listens to its socket, as its documentation does with events.

import useWebSocket from 'partysocket/use-ws';
import { createContext, useContext, useEffect, useState } from 'react';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  useWebSocket(socketUrl(id), undefined, { onMessage: ({ data }) => add(JSON.parse(data)) });
  return <View {...state} />;
}

const Socket = createContext(undefined);

function Cell({ name }) {
  const socket = useContext(Socket);
  const [value, setValue] = useState();
  useEffect(() => {
    const onMessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.key !== name) return;
      seen(message);
      setValue(message);
    };
    socket.addEventListener('message', onMessage);
    return () => socket.removeEventListener('message', onMessage);
  }, [socket, name]);
  return <Shown name={name} value={value} />;
}

export function FanOut({ id, keys }) {
  return (
    <Socket value={useWebSocket(socketUrl(id))}>
      <Grid keys={keys} of={Cell} />
    </Socket>
  );
}
