// roomtone useWebSocket with `split`: a hundred messages in a frame.

import { useWebSocket } from 'roomtone';
import { seen } from '../page/bench.mjs';
import { socketUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

const dataOf = ({ data }) => data;
const onMessage = ({ data }) => seen(data);

export function Stream({ id }) {
  const { count, lastMessage, messages } = useWebSocket(socketUrl(id, 100), { split: true, onMessage });
  return <View count={count} last={lastMessage?.data} rows={messages} dataOf={dataOf} />;
}
