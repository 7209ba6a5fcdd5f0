// roomtone useEventSource.

import { useEventSource } from 'roomtone';
import { seen } from '../page/bench.mjs';
import { streamUrl } from '../page/text.mjs';
import { View } from '../page/view.jsx';

const dataOf = ({ data }) => data;
const onMessage = ({ data }) => seen(data);

export function Stream({ id }) {
  const { count, lastMessage, messages } = useEventSource(streamUrl(id), { onMessage });
  return <View count={count} last={lastMessage?.data} rows={messages} dataOf={dataOf} />;
}
