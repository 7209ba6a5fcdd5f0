// Presence in components, law by law (H and C12; H6 and H7 are the client's): who is shown, when, and to whom it is rendered.

import { act, render } from '@testing-library/react';
import { type ReactNode, StrictMode, startTransition, useEffect, useState } from 'react';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Member,
  RealtimeProvider,
  useOthers,
  usePresence,
  useRoom,
  type UseRoomOptions,
  useSelf,
} from '../../../src/index.js';
import { settle } from '../support.js';
import { createFakeClient, type FakeClient, member, members, NOTHING_LEFT } from './fake-client.js';

let fake: FakeClient;
beforeEach(() => void (fake = createFakeClient()));
const Provider = ({ children }: { readonly children?: ReactNode }): ReactNode => (
  <RealtimeProvider client={fake.client}>{children}</RealtimeProvider>
);
const Strict = ({ children }: { readonly children?: ReactNode }): ReactNode => (
  <StrictMode>
    <Provider>{children}</Provider>
  </StrictMode>
);
/** What the room was asked for, apart from the connection. */
const asked = (): readonly string[] => fake.log.filter((entry) => !/^(retain|release)$/.test(entry));
const ids = (all: readonly Member[]): string => all.map(({ id }) => id).join();

function Shown({ room = 'a', ...options }: { readonly room?: string } & UseRoomOptions): ReactNode {
  return ids(useRoom(room, options).others);
}

test('watching shows nobody that one watches', () => {
  function Watcher(): ReactNode {
    useOthers('a');
    useSelf('a');
    usePresence('a');
    return useRoom('a').status;
  }
  render(<Watcher />, { wrapper: Strict });
  expect(asked()).toEqual(['join a']);
});

test('H1: under StrictMode one join and, at the end, one entry', () => {
  render(<Shown presence={{ name: 'me' }} />, { wrapper: Strict });
  expect(asked().filter((entry) => entry.startsWith('join'))).toEqual(['join a']);
  // what React does twice is done within one tick, and the client says what is left of it
  expect(asked().filter((entry) => entry.startsWith('enter')).length).toBe(
    asked().filter((entry) => entry === 'exit a').length + 1,
  );
  expect(fake.client.room('a').getSnapshot().self.presence).toEqual({ name: 'me' });
});

test('H2: unmounted, it has left once, and nothing comes after', () => {
  const { unmount } = render(<Shown presence={{ name: 'me' }} />, { wrapper: Provider });
  unmount();
  fake.clock.advance(250);
  fake.clock.advance(100_000);
  expect(asked()).toEqual(['join a', 'enter a {"name":"me"}', 'exit a', 'leave a']);
  expect(fake.left).toEqual(NOTHING_LEFT);
});

test('H3: two components enter; one unmounts and we are still there, the last one leaves', () => {
  const { rerender } = render([<Shown key="1" presence={{}} />, <Shown key="2" presence={{}} />], {
    wrapper: Provider,
  });
  const shown = (): unknown => fake.client.room('a').getSnapshot().self.presence;
  rerender([<Shown key="1" presence={{}} />]);
  expect(shown()).toEqual({});
  rerender([]);
  expect(shown()).toBeNull();
});

test('H4: another room: the one is left and the other entered; no view of the one is shown under the name of the other', async () => {
  const seen = new Set<string>();
  function Page({ room }: { readonly room: string }): ReactNode {
    const { id, others, self } = useRoom(room, { presence: { in: room } });
    seen.add(`${room}: ${id} [${ids(others)}] ${JSON.stringify(self.presence)}`);
    return null;
  }
  const { rerender } = render(<Page room="r1" />, { wrapper: Provider });
  await settle(() => fake.change('r1', { members: members(member('bob')) }));
  fake.log.length = 0;
  rerender(<Page room="r2" />);
  await settle(() => fake.change('r2', { members: members(member('eve')) }));
  // enters the one after it has left the other
  expect(asked()).toEqual(['exit r1', 'join r2', 'enter r2 {"in":"r2"}']);
  await settle(() => fake.clock.advance(250));
  expect(fake.joined).toEqual(['r2']);
  expect([...seen]).toEqual([
    'r1: r1 [] null',
    'r1: r1 [] {"in":"r1"}',
    'r1: r1 [bob] {"in":"r1"}',
    'r2: r2 [] null',
    'r2: r2 [] {"in":"r2"}',
    'r2: r2 [eve] {"in":"r2"}',
  ]);
});

test('H5: unmounted in the commit after the one that entered: not there', () => {
  const { unmount } = render(<Shown presence={{}} />, { wrapper: Strict });
  unmount();
  expect(asked().filter((entry) => entry === 'exit a')).toHaveLength(
    asked().filter((entry) => entry.startsWith('enter')).length,
  );
  fake.clock.advance(250);
  expect(fake.joined).toEqual([]);
});

test('H8: what happens in another room, or to something that was not read, renders nobody', async () => {
  let renders = 0;
  function Others(): ReactNode {
    renders++;
    return ids(useOthers('a'));
  }
  render([<Others key="a" />, <Shown key="b" room="b" />], { wrapper: Provider });
  for (let count = 0; count < 10; count++)
    await settle(() => {
      fake.change('b', { members: members(member(String(count))) });
      fake.change('a', { count, more: count % 2 === 0 });
    });
  expect(renders).toBe(1);
  await settle(() => fake.change('a', { members: members(member('bob')) }));
  expect(renders).toBe(2);
});

describe('H9: one of 1,000 others changes', () => {
  const crowd = Array.from({ length: 1_000 }, (_, index) => member(`user ${index}`, { at: 0 }));
  const moved = crowd.map((each, index) => (index === 500 ? member('user 500', { at: 1 }) : each));

  test('who selects another one is not rendered', async () => {
    const renders: Record<string, number> = {};
    function One({ id }: { readonly id: string }): ReactNode {
      renders[id] = (renders[id] ?? 0) + 1;
      // inline, and a new array each time
      const [at] = useOthers(
        'a',
        (others) => [others.find((each) => each.id === id)?.presence['at']],
        (one, other) => one[0] === other[0],
      );
      return String(at);
    }
    const { container } = render([<One key="1" id="user 499" />, <One key="2" id="user 500" />], { wrapper: Provider });
    await settle(() => fake.change('a', { members: members(...crowd) }));
    const before = { ...renders };
    await settle(() => fake.change('a', { members: members(...moved) }));
    expect(container.textContent).toBe('01');
    expect(renders['user 499']).toBe(before['user 499']);
    expect(renders['user 500']).toBe((before['user 500'] ?? 0) + 1);
  });

  test('those who did not change are the same objects, and the same people are the same array', async () => {
    const seen: (readonly Member[])[] = [];
    function All(): ReactNode {
      seen.push(useOthers('a'));
      return null;
    }
    render(<All />, { wrapper: Provider });
    await settle(() => fake.change('a', { members: members(...crowd) }));
    await settle(() => fake.change('a', { members: members(...moved) }));
    await settle(() => fake.change('a', { members: members(...moved) })); // another map, the same people
    expect(seen).toHaveLength(3);
    expect(seen[2]?.filter((each, index) => each !== seen[1]?.[index])).toEqual([moved[500]]);
  });

  test('an equal selection keeps its identity, over renders with inline selectors', async () => {
    const seen = new Set<unknown>();
    function Names({ round }: { readonly round: number }): ReactNode {
      const names = useOthers(
        'a',
        (others) => others.map(({ id }) => id),
        (one, other) => one.join() === other.join(),
      );
      useEffect(() => void seen.add(names), [names]);
      return round;
    }
    const { rerender } = render(<Names round={0} />, { wrapper: Provider });
    await settle(() => fake.change('a', { members: members(...crowd) }));
    seen.clear();
    for (let round = 1; round <= 10; round++) {
      rerender(<Names round={round} />);
      await settle(() => fake.change('a', { members: members(...(round % 2 ? moved : crowd)) }));
    }
    expect(seen.size).toBe(0);
  });
});

test('H10: during a transition all components of one commit show the same', async () => {
  const torn: string[] = [];
  let widen!: () => void;
  function Others(): ReactNode {
    return <i>{ids(useOthers('a'))}</i>;
  }
  function Page(): ReactNode {
    const [wide, setWide] = useState(false);
    widen = () => startTransition(() => setWide(true));
    useEffect(() => {
      const shown = new Set([...document.querySelectorAll('i')].map(({ textContent }) => textContent));
      if (shown.size > 1) torn.push([...shown].join(' | '));
    });
    return Array.from({ length: wide ? 50 : 2 }, (_, key) => <Others key={key} />);
  }
  const { container } = render(<Page />, { wrapper: Provider });
  await settle(() => {
    widen();
    fake.change('a', { members: members(member('bob')) });
  });
  await settle(() => fake.change('a', { members: members(member('bob'), member('eve')) }));
  expect(torn).toEqual([]);
  expect(container.textContent).toBe('bob,eve'.repeat(50));
});

test('H12: what we show is shown at once, and once; its echo renders nobody who looks at the others', async () => {
  let renders = 0;
  let update!: (patch: { typing: boolean }) => void;
  function Others(): ReactNode {
    renders++;
    return `[${ids(useOthers('a'))}]`;
  }
  function Mine(): ReactNode {
    const [mine, show] = usePresence('a', { name: 'me' });
    update = show;
    return JSON.stringify(mine);
  }
  const { container } = render([<Mine key="1" />, <Others key="2" />], { wrapper: Provider });
  await settle(() => fake.change('a', { self: { user: 'me', connection: 'me/1', presence: { name: 'me' } } }));
  const before = renders;
  await settle(() => update({ typing: true }));
  expect(container.textContent).toBe('{"name":"me","typing":true}[]');
  await settle(() => fake.change('a', { members: members(member('me', { name: 'me', typing: true })) }));
  expect(container.textContent).toBe('{"name":"me","typing":true}[]');
  expect(renders).toBe(before);
});

test('C12: one’s own other device is among the others, one’s own connection is not', async () => {
  const seen: (readonly Member[])[] = [];
  function Others(): ReactNode {
    const others = useOthers('a');
    seen.push(others);
    const { user } = useSelf('a');
    return others
      .map(({ id, connections }) => `${id}${id === user ? '(me)' : ''}:${connections.map((each) => each.id).join('+')}`)
      .join(' ');
  }
  const { container } = render(<Others />, { wrapper: Provider });
  const bob = member('bob');
  const self = { user: 'me', connection: 'me/1', presence: null };
  await settle(() => fake.change('a', { self, members: members(member('me'), bob) }));
  expect(container.textContent).toBe('bob:bob/1');
  const both: Member = {
    id: 'me',
    presence: { on: 'laptop' },
    connections: [
      { id: 'me/1', presence: { on: 'laptop' }, joinedAt: 0 },
      { id: 'me/2', presence: { on: 'phone' }, joinedAt: 1 },
    ],
  };
  await settle(() => fake.change('a', { members: members(both, bob) }));
  expect(container.textContent).toBe('me(me):me/2 bob:bob/1');
  // it shows what the other device shows, not what we show here
  expect(seen.at(-1)?.[0]?.presence).toEqual({ on: 'phone' });

  // we show something else: the other device did not
  const [first, second] = both.connections;
  const louder: Member = {
    ...both,
    presence: { on: 'desk' },
    connections: [{ ...first!, presence: { on: 'desk' } }, second!],
  };
  const before = seen.at(-1);
  await settle(() => fake.change('a', { members: members(louder, bob) }));
  expect(seen.at(-1)).toBe(before);

  // another wire, another connection of ours: the old one is somebody else's until it is gone
  await settle(() => fake.change('a', { self: { ...self, connection: 'me/2' } }));
  expect(container.textContent).toBe('me(me):me/1 bob:bob/1');
});

describe('what is shown of oneself', () => {
  test('usePresence without an initial value enters with its first update, and leaves with the component', () => {
    const updates = new Set<(patch: object) => void>();
    function Mine(): ReactNode {
      const [mine, update] = usePresence('a');
      updates.add(update);
      return JSON.stringify(mine);
    }
    const { container, rerender, unmount } = render(<Mine />, { wrapper: Provider });
    expect(container.textContent).toBe('null');
    const [update] = updates;
    act(() => update?.({ x: 1 }));
    act(() => update?.({ y: 2 }));
    rerender(<Mine />);
    expect(container.textContent).toBe('{"x":1,"y":2}');
    expect(updates.size).toBe(1);
    unmount();
    update?.({ late: true });
    fake.clock.advance(250);
    expect(asked()).toEqual(['join a', 'enter a {"x":1}', 'update a {"x":1}', 'update a {"y":2}', 'exit a', 'leave a']);
  });

  test('useRoom: another presence, by value, is merged; an equal one says nothing', () => {
    const { rerender } = render(<Shown presence={{ name: 'me', at: [1, 2] }} />, { wrapper: Strict });
    fake.log.length = 0;
    for (let round = 0; round < 20; round++) rerender(<Shown presence={{ name: 'me', at: [1, 2] }} />);
    expect(asked()).toEqual([]);
    rerender(<Shown presence={{ name: 'me', at: [3, 4] }} />);
    expect(asked()).toEqual(['update a {"at":[3,4]}']);
    expect(fake.client.room('a').getSnapshot().self.presence).toEqual({ name: 'me', at: [3, 4] });
    rerender(<Shown presence={{ at: [3, 4] }} />);
    expect(JSON.stringify(fake.client.room('a').getSnapshot().self.presence)).toBe('{"at":[3,4]}');
  });

  test('useRoom: presence that comes and goes enters and leaves', () => {
    const { rerender } = render(<Shown />, { wrapper: Provider });
    rerender(<Shown presence={{ n: 1 }} />);
    rerender(<Shown presence={{ n: 2 }} />);
    rerender(<Shown />);
    expect(asked()).toEqual(['join a', 'enter a {"n":1}', 'update a {"n":2}', 'exit a']);
  });
});
