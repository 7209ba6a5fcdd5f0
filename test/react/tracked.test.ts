// Views whose fields remember that they were read: without React.

import { expect, test } from 'vitest';
import { shapeOf, trackFields } from '../../src/react/tracked.js';

interface State {
  readonly count: number;
  readonly name?: string;
}
interface View extends State {
  readonly twice: number;
  readonly buffered: number;
  readonly add: (n: number) => void;
}

function createWorld(shape = shapeOf({ count: 0, twice: 0, buffered: 0, add: 0 })) {
  let state: State = { count: 1 };
  let buffered = 0;
  const add = (n: number): void => void (state = { ...state, count: state.count + n });
  const verbs = {
    add,
    get buffered() {
      return buffered;
    },
  };
  const view = trackFields<State, View>(() => state, verbs, new Set(), shape, {
    twice: { of: ({ count }) => count * 2 },
  });
  return {
    view,
    add,
    set: (next: State) => void (state = next),
    buffer: (bytes: number) => void (buffered = bytes),
  };
}

test('a new view only where something that was read has changed', () => {
  const { view, set } = createWorld();
  const first = view();
  set({ count: 1, name: 'Ada' });
  expect(view()).toBe(first); // nothing was read
  expect(first.count).toBe(1);
  set({ count: 1, name: 'Bob' });
  expect(view()).toBe(first);
  set({ count: 2, name: 'Bob' });
  const second = view();
  expect(second).not.toBe(first);
  set({ count: 3 });
  expect([second.count, view().count]).toEqual([2, 3]); // it had been read when the second was made: that stays what it was
});

test('what is worked out counts as read by its outcome', () => {
  const { view, set } = createWorld();
  const first = view();
  expect(first.twice).toBe(2);
  set({ count: 1, name: 'Ada' });
  expect(view()).toBe(first);
  set({ count: 5 });
  expect(view().twice).toBe(10);
  expect(first.twice).toBe(2);
});

test('a field that took no part yet is shown as it is now', () => {
  const { view, set } = createWorld();
  const first = view();
  set({ count: 7 });
  expect(first.count).toBe(7);
});

test('a view can be spread, taken apart and listed; verbs and their getters are live', () => {
  const { view, buffer, add } = createWorld();
  const first = view();
  buffer(64);
  const { count, ...others } = first;
  expect(count).toBe(1);
  expect(others).toEqual({ add, buffered: 64, twice: 2 });
  expect({ ...first }).toEqual({ count: 1, add, buffered: 64, twice: 2 });
  expect(Object.keys(first).sort()).toEqual(['add', 'buffered', 'count', 'twice']);
  expect(JSON.parse(JSON.stringify(first))).toEqual({ count: 1, buffered: 64, twice: 2 });
});

test('a name that the shape lacks works all the same', () => {
  const { view, set } = createWorld(shapeOf({}));
  set({ count: 1, name: 'Ada' });
  const first = view();
  expect([first.name, first.count, first.twice]).toEqual(['Ada', 1, 2]);
  set({ count: 1, name: 'Bob' });
  const second = view();
  set({ count: 1, name: 'Cid' });
  expect([second.name, view().name]).toEqual(['Bob', 'Cid']);
});

test('a view is read by whoever stands in for it: a proxy, an heir, its own descriptors', () => {
  const { view, set } = createWorld();
  const first = view();
  const stand: readonly View[] = [
    new Proxy(first, {}),
    new Proxy(first, { get: (target, name, receiver) => Reflect.get(target, name, receiver) as unknown }),
    Object.create(first) as View,
    Object.defineProperties({}, Object.getOwnPropertyDescriptors(first)) as View,
    Object.freeze(view()),
  ];
  expect(stand.map(({ count, twice }) => [count, twice])).toEqual(stand.map(() => [1, 2]));
  for (const name of Object.keys(first)) {
    const { get } = Object.getOwnPropertyDescriptor(first, name) ?? {};
    expect(Reflect.apply(get as () => unknown, first, [])).toBe(first[name as keyof View]);
  }
  set({ count: 4 });
  expect(view().count).toBe(4);
});

test('what a late read has shown counts, though the state went on and came back', () => {
  const { view, set } = createWorld();
  const first = view();
  set({ count: 7 });
  expect(first.count).toBe(7); // read late, as it is now
  set({ count: 1 }); // as it was when the view was made
  const second = view();
  expect(second.count).toBe(1);
  expect(second).not.toBe(first); // else the screen would show 7 for ever
});
