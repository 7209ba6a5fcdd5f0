// @microsoft/fetch-event-source with the usual hook.

import { fetchEventSource } from '@microsoft/fetch-event-source';
import { useEffect } from 'react';
import { streamUrl } from '../page/text.mjs';
import { useKept } from '../page/use-kept.jsx';
import { View } from '../page/view.jsx';

export function Stream({ id }) {
  const { state, add } = useKept();
  useEffect(() => {
    const leaving = new AbortController();
    void fetchEventSource(streamUrl(id), {
      signal: leaving.signal,
      // it hands over an empty message for each comment
      onmessage: ({ data }) => data && add(JSON.parse(data)),
    });
    return () => leaving.abort();
  }, [id, add]);
  return <View {...state} />;
}
