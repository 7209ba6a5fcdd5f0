// What the LIMIT rows show, once a frame: the count and the last message as text, or the cells. No React.

import { committed, rendered, seen } from './bench.mjs';
import { textOf } from './text.mjs';

export function createRawView(root) {
  root.innerHTML = '<p data-show="count"></p><p data-show="last"></p><p data-rows="none"></p>';
  const [count, last] = root.children;
  let came = 0;
  let newest;
  let asked = 0;
  const write = () => {
    asked = 0;
    count.textContent = came;
    last.textContent = textOf(newest);
    committed(newest);
  };
  return (message) => {
    seen(message);
    came++;
    newest = message;
    asked ||= requestAnimationFrame(write);
  };
}

/** One cell per key; those that changed are written once a frame. */
export function createRawCells(root, keys) {
  const grid = document.createElement('main');
  grid.className = 'grid';
  const cells = new Map();
  for (let index = 0; index < keys; index++) {
    const cell = document.createElement('i');
    cell.id = `k${index}`;
    cell.textContent = '-';
    cells.set(cell.id, cell);
    grid.append(cell);
  }
  root.append(grid);
  const waiting = new Map();
  const write = () => {
    for (const [key, { seq }] of waiting) {
      rendered();
      cells.get(key).textContent = seq;
    }
    waiting.clear();
    committed();
  };
  return (message) => {
    seen(message);
    if (waiting.size === 0) requestAnimationFrame(write);
    waiting.set(message.key, message);
  };
}
