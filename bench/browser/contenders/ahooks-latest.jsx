// ahooks useWebSocket with `latestMessage` and an effect, as its documentation has it; in the fan-out it is a context.

import { useWebSocket } from 'ahooks';
import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

function useLatest(id) {
  const { latestMessage } = useWebSocket(socketUrl(id));
  return useMemo(() => latestMessage && JSON.parse(latestMessage.data), [latestMessage]);
}

export function Stream({ id }) {
  const { state, add } = useKept();
  const latest = useLatest(id);
  useEffect(() => {
    if (latest) add(latest);
  }, [latest, add]);
  return <View {...state} />;
}

const Latest = createContext(undefined);

function Cell({ name }) {
  const latest = useContext(Latest);
  const [value, setValue] = useState();
  useEffect(() => {
    if (latest?.key !== name) return;
    seen(latest);
    setValue(latest);
  }, [latest, name]);
  return <Shown name={name} value={value} />;
}

export const FanOut = ({ id, keys }) => (
  <Latest value={useLatest(id)}>
    <Grid keys={keys} of={Cell} />
  </Latest>
);
