// LIMIT over SSE: fetch, eventsource-parser, one text write a frame.

import { createRawView } from '../page/raw-view.mjs';
import { readEvents } from '../page/read-events.mjs';
import { streamUrl } from '../page/text.mjs';

export function mountStream(root, { id }) {
  void readEvents(streamUrl(id), createRawView(root));
}
