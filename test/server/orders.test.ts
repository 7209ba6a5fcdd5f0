// What keeps things in an order at the same price however many there are, against an array that does the same in the plainest way.

import { expect, it } from 'vitest';
import { createFifo } from '../../src/server/fifo.js';
import { createRecency, type Ranked } from '../../src/server/recency.js';
import { seededRandom } from '../../src/testing.js';

interface Item extends Ranked<Item> {
  readonly name: number;
}

it.each([1, 2, 3])('the last touched is the last to go, seed %i', (seed) => {
  const random = seededRandom(seed);
  const items = Array.from({ length: 20 }, (_, name): Item => ({ name, older: undefined, newer: undefined }));
  const recency = createRecency<Item>();
  let model: Item[] = [];
  for (let step = 0; step < 5_000; step++) {
    const item = items[Math.floor(random() * items.length)]!;
    const others = model.filter((each) => each !== item);
    const chance = random();
    if (chance < 0.6) {
      recency.touch(item);
      model = [...others, item];
    } else if (chance < 0.995) {
      recency.delete(item);
      model = others;
    } else {
      for (const each of model) recency.delete(each);
      model = [];
    }
    expect(recency.oldest, `seed ${seed}, step ${step}`).toBe(model[0]);
    const found = [];
    for (let each = recency.oldest; each; each = each.newer) found.push(each.name);
    expect(found, `seed ${seed}, step ${step}`).toEqual(model.map(({ name }) => name));
  }
});

it.each([1, 2, 3])('the first in is the first out, over thousands, seed %i', (seed) => {
  const random = seededRandom(seed);
  const fifo = createFifo<number>();
  let [next, first] = [0, 0];
  for (let step = 0; step < 200; step++) {
    for (let left = Math.floor(random() * 500); left > 0; left--) fifo.push(next++);
    for (let left = Math.floor(random() * 600); left > 0; left--) {
      expect(fifo.first, `seed ${seed}`).toBe(first < next ? first : undefined);
      fifo.shift();
      if (first < next) first++;
    }
  }
  fifo.clear();
  expect(fifo.first).toBe(undefined);
  fifo.push(-1);
  expect(fifo.first).toBe(-1);
});
