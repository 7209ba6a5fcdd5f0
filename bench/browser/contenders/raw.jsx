// LIMIT: a bare WebSocket, JSON.parse, one text write a frame: nothing can be cheaper.

import { createRawCells, createRawView } from '../page/raw-view.mjs';
import { socketUrl } from '../page/text.mjs';

export function mountStream(root, { id }) {
  const show = createRawView(root);
  new WebSocket(socketUrl(id)).onmessage = ({ data }) => show(JSON.parse(data));
}

export function mountFanOut(root, { id, keys }) {
  const show = createRawCells(root, keys);
  new WebSocket(socketUrl(id)).onmessage = ({ data }) => show(JSON.parse(data));
}
