// LIMIT: as raw, with a hundred messages in a frame.

import { createRawView } from '../page/raw-view.mjs';
import { socketUrl } from '../page/text.mjs';

export function mountStream(root, { id }) {
  const show = createRawView(root);
  new WebSocket(socketUrl(id, 100)).onmessage = ({ data }) => JSON.parse(data).forEach(show);
}
