// An event stream with fetch and eventsource-parser, for the rows by hand. Never reconnects.

import { createParser } from 'eventsource-parser';

export async function readEvents(url, onMessage, signal) {
  const parser = createParser({ onEvent: ({ data }) => onMessage(JSON.parse(data)) });
  const decoder = new TextDecoder();
  try {
    const { body } = await fetch(url, { signal });
    const reader = body.getReader();
    for (let chunk; !(chunk = await reader.read()).done;) parser.feed(decoder.decode(chunk.value, { stream: true }));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
