// The browser's own EventSource with the usual hook.

import { useEffect } from 'react';
import { streamUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  useEffect(() => {
    const source = new EventSource(streamUrl(id));
    source.onmessage = ({ data }) => add(JSON.parse(data));
    return () => source.close();
  }, [id, add]);
  return <View {...state} />;
}
