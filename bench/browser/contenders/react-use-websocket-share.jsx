// react-use-websocket with `share`; in the fan-out each cell has the hook, and its `filter`.

import { useEffect } from 'react';
import useWebSocket from 'react-use-websocket';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  const { lastJsonMessage } = useWebSocket(socketUrl(id), { share: true });
  useEffect(() => {
    if (lastJsonMessage !== null) add(lastJsonMessage);
  }, [lastJsonMessage, add]);
  return <View {...state} />;
}

function Cell({ name, id }) {
  const { lastJsonMessage } = useWebSocket(socketUrl(id), {
    share: true,
    filter: ({ data }) => JSON.parse(data).key === name,
  });
  useEffect(() => {
    if (lastJsonMessage !== null) seen(lastJsonMessage);
  }, [lastJsonMessage]);
  return <Shown name={name} value={lastJsonMessage} />;
}

export const FanOut = ({ id, keys }) => <Grid keys={keys} of={Cell} id={id} />;
