// roomtone useWebSocket, as its README shows it. In the fan-out each cell has the hook, and filters.

import { useWebSocket } from 'roomtone';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { socketUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

const dataOf = ({ data }) => data;
const onMessage = ({ data }) => seen(data);

export function Stream({ id }) {
  const { count, lastMessage, messages } = useWebSocket(socketUrl(id), { onMessage });
  return <View count={count} last={lastMessage?.data} rows={messages} dataOf={dataOf} />;
}

function Cell({ name, id }) {
  const { lastMessage } = useWebSocket(socketUrl(id), { filter: ({ data }) => data.key === name, onMessage });
  return <Shown name={name} value={lastMessage?.data} />;
}

export const FanOut = ({ id, keys }) => <Grid keys={keys} of={Cell} id={id} />;
