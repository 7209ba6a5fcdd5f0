// react-use-websocket with the history effect of its README.

import { useEffect } from 'react';
import useWebSocket from 'react-use-websocket';
import { socketUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  const { lastJsonMessage } = useWebSocket(socketUrl(id));
  useEffect(() => {
    if (lastJsonMessage !== null) add(lastJsonMessage);
  }, [lastJsonMessage, add]);
  return <View {...state} />;
}
