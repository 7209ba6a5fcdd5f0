// ahooks useWebSocket with `onMessage`.

import { useWebSocket } from 'ahooks';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  useWebSocket(socketUrl(id), { onMessage: ({ data }) => add(JSON.parse(data)) });
  return <View {...state} />;
}
