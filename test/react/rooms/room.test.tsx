// useRoom and its narrow sisters: what is read decides what renders (demand 7), callbacks are the newest (demand 18), verbs stay.

import { act, render } from '@testing-library/react';
import * as React from 'react';
import { type ReactNode, StrictMode, useEffect, useLayoutEffect } from 'react';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  defineRoom,
  RealtimeProvider,
  type RoomMessage,
  useMessages,
  useOthers,
  useRealtime,
  type UseRoom,
  useRoom,
  useRoomEvent,
  useSelf,
} from '../../../src/index.js';
import type { Schema } from '../../../src/protocol/schema.js';
import { settle } from '../support.js';
import { createFakeClient, type FakeClient, member, members, message, NOTHING_LEFT } from './fake-client.js';

const { Activity } = React as { readonly Activity?: typeof React.Activity };

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
const idsOf = (messages: readonly RoomMessage[]): string => messages.map(({ id }) => id).join();

describe('demand 7: rendered for what is read, and for nothing else', () => {
  const changes = {
    status: { status: 'joined' },
    self: { self: { user: 'me', connection: 'me/1', presence: null } },
    members: { members: members(member('bob')) },
    others: { members: members(member('bob')) },
    synced: { synced: true },
    messages: { messages: [message('1')] },
    count: { count: 1 },
    more: { more: true },
    cursor: { cursor: { epoch: 'e', offset: 1 } },
    gap: { gap: { reason: 'lost', after: null, before: null, missed: null } },
  } as const;
  const fields = Object.keys(changes) as (keyof typeof changes)[];

  test.each(fields)('StrictMode, read alone: %s', async (field) => {
    const seen: unknown[] = [];
    function Reader(): ReactNode {
      const value = useRoom('a')[field];
      useEffect(() => void seen.push(value), [value]);
      return null;
    }
    const { unmount } = render(<Reader />, { wrapper: Strict });
    seen.length = 0;
    for (const other of fields)
      if (
        other !== field &&
        !(other === 'members' && field === 'others') &&
        !(other === 'others' && field === 'members')
      )
        await settle(() => fake.change('a', changes[other]));
    if (field !== 'others') expect(seen).toEqual([]);
    await settle(() => fake.change('a', changes[field]));
    expect(seen).toEqual([field === 'others' ? [member('bob')] : changes[field][field as never]]);
    unmount();
    fake.clock.advance(250);
    expect(fake.left).toEqual(NOTHING_LEFT);
  });

  test('who reads nothing is never rendered', async () => {
    let renders = 0;
    function Silent(): ReactNode {
      renders++;
      useRoom('a');
      return null;
    }
    render(<Silent />, { wrapper: Provider });
    for (const field of fields) await settle(() => fake.change('a', changes[field]));
    expect(renders).toBe(1);
  });

  test('all of it at once, spread, enumerated and handed to a child', async () => {
    let seen = {} as UseRoom;
    const Child = ({ room }: { readonly room: UseRoom }): ReactNode => {
      useEffect(() => void (seen = { ...room }));
      return `${room.status} ${room.count}`;
    };
    function Parent(): ReactNode {
      return <Child room={useRoom('a')} />;
    }
    const { container } = render(<Parent />, { wrapper: Strict });
    for (const field of fields) await settle(() => fake.change('a', changes[field]));
    expect(container.textContent).toBe('joined 1');
    const verbs = ['send', 'retry', 'updatePresence', 'loadOlder', 'clear'];
    expect(Object.keys(seen).sort()).toEqual([...fields, 'id', 'error', ...verbs].sort());
    expect(seen).toMatchObject({ id: 'a', messages: [{ id: '1' }], others: [{ id: 'bob' }], error: null });
  });

  test('useMessages, useSelf and useRealtime: whole, or a part that decides', async () => {
    const renders: Record<string, number> = {};
    const count = (name: string): void => void (renders[name] = (renders[name] ?? 0) + 1);
    function Messages(): ReactNode {
      count('messages');
      return idsOf(useMessages('a'));
    }
    function Parity(): ReactNode {
      count('parity');
      return useMessages('a', (messages) => messages.length % 2) ? 'odd' : 'even';
    }
    function Self(): ReactNode {
      count('self');
      return useSelf('a').user;
    }
    function User(): ReactNode {
      count('user');
      return useSelf('a', ({ user }) => user);
    }
    function Rooms(): ReactNode {
      count('rooms');
      return useRealtime(({ rooms }) => rooms.size);
    }
    function Root(): ReactNode {
      count('root');
      return useRealtime().rooms.get('a')?.count;
    }
    const { container } = render(
      [Messages, Parity, Self, User, Rooms, Root].map((Each, key) => (
        <i key={key}>
          <Each />
        </i>
      )),
      { wrapper: Provider },
    );
    const self = { user: 'me', connection: 'me/1', presence: null };
    await settle(() => fake.change('a', { self }));
    for (const name of Object.keys(renders)) renders[name] = 0;
    await settle(() => fake.say('a', message('1'), message('2')));
    await settle(() => fake.say('a', message('3')));
    await settle(() => fake.change('a', { self: { ...self, connection: 'me/2' } }));
    expect([...container.children].map(({ textContent }) => textContent)).toEqual([
      '1,2,3',
      'odd',
      'me',
      'me',
      '1',
      '3',
    ]);
    expect(renders).toEqual({ messages: 2, parity: 1, self: 1, user: 0, rooms: 0, root: 3 });
  });
});

test('1,000 rooms, a component each, 5,000 messages: one render per message, and none in another room', () => {
  const ROOMS = 1_000;
  const renders = Array.from({ length: ROOMS }, () => 0);
  function Room({ index }: { readonly index: number }): ReactNode {
    renders[index] = (renders[index] ?? 0) + 1;
    const { messages } = useRoom(`room ${index}`);
    return messages.length;
  }
  // in groups, since React goes through all sisters of a component that it renders
  const { container } = render(
    Array.from({ length: ROOMS / 20 }, (_, group) => (
      <i key={group}>
        {Array.from({ length: 20 }, (__, index) => (
          <Room key={index} index={group * 20 + index} />
        ))}
      </i>
    )),
    { wrapper: Provider },
  );
  renders.fill(0);
  for (let n = 0; n < 4_000; n += 10)
    act(() => {
      for (let each = n; each < n + 10; each++) fake.say(`room ${each % (ROOMS / 2)}`, message(String(each)));
    });
  // a burst within one commit is one render
  act(() => {
    for (let n = 4_000; n < 5_000; n++) fake.say('room 0', message(String(n)));
  });
  expect(renders.slice(1, ROOMS / 2)).toEqual(Array.from({ length: ROOMS / 2 - 1 }, () => 8));
  expect(renders[0]).toBe(9);
  expect(renders.slice(ROOMS / 2).every((count) => count === 0)).toBe(true);
  expect(container.textContent?.startsWith('10088')).toBe(true);
}, 30_000);

describe('callbacks', () => {
  test('demand 18: 100 renders with fresh options and a fresh reference: joined once, and the newest callback hears', async () => {
    const log: string[] = [];
    const schema: Schema<{ n: number }> = {
      '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as { n: number } }) },
    };
    function Hook({ round }: { readonly round: number }): ReactNode {
      const chat = defineRoom('chat', { message: schema });
      useRoom(chat('general'), {
        history: round,
        presence: { name: 'me' },
        onMessage: ({ id }) => void log.push(`message ${id} ${round}`),
        onGap: ({ reason }) => void log.push(`gap ${reason} ${round}`),
        onPresence: ({ type }) => void log.push(`${type} ${round}`),
        onInvalid: () => void log.push(`invalid ${round}`),
      });
      useRoomEvent(chat('general'), ({ id }) => void log.push(`event ${id} ${round}`));
      return null;
    }
    const { rerender } = render(<Hook round={0} />, { wrapper: Provider });
    for (let round = 1; round <= 100; round++) rerender(<Hook round={round} />);
    await settle(() => {
      fake.say('chat:general', message('1'));
      fake.tell('chat:general', 'gap', { reason: 'lost', after: null, before: null, missed: 1 });
      fake.tell('chat:general', 'presence', { type: 'enter', member: member('bob') });
    });
    expect(log.sort()).toEqual(['enter 100', 'event 1 100', 'gap lost 100', 'message 1 100']);
    expect(fake.log).toEqual(['join chat:general', 'enter chat:general {"name":"me"}', 'retain']);
    expect(fake.left.ears).toBe(6);
  });

  test('the client finds the newest bound, schema and ear for what is invalid', () => {
    const schemas = [1, 2].map((value): Schema<number> => ({
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value }) },
    }));
    const ears: number[] = [];
    function Hook({ round }: { readonly round: 0 | 1 }): ReactNode {
      const schema = schemas[round];
      useRoom(defineRoom('a', { message: schema })(), { history: round, onInvalid: () => void ears.push(round) });
      return null;
    }
    const { rerender } = render(<Hook round={0} />, { wrapper: Provider });
    const { ref, options } = fake.given('a');
    expect([ref.message, options.history]).toEqual([schemas[0], 0]);
    rerender(<Hook round={1} />);
    expect([ref.message, ref.presence, options.history]).toEqual([schemas[1], undefined, 1]);
    options.onInvalid?.({ raw: null, error: new Error() as never });
    expect(ears).toEqual([1]);
  });

  test('already in the effects of the same commit, layout effects of children included', () => {
    const seen: string[] = [];
    function Child({ round }: { readonly round: number }): ReactNode {
      useLayoutEffect(() => fake.say('a', message('layout')), [round]);
      useEffect(() => fake.say('a', message('effect')), [round]);
      return null;
    }
    function Parent({ round }: { readonly round: number }): ReactNode {
      useRoom('a', { onMessage: ({ id }) => void seen.push(`${id} ${round}`) });
      return round > 0 && <Child round={round} />;
    }
    const { rerender } = render(<Parent round={0} />, { wrapper: Provider });
    for (const round of [1, 2]) rerender(<Parent round={round} />);
    expect(seen).toEqual(['layout 1', 'effect 1', 'layout 2', 'effect 2']);
  });

  test('useRoomEvent: each message once, of the type that was asked for; it joins, renders nothing, and is gone with the unmount', async () => {
    const heard: string[] = [];
    let renders = 0;
    function Ear(): ReactNode {
      renders++;
      useRoomEvent('a', ({ id }) => void heard.push(id));
      useRoomEvent('a', 'wave', ({ id }) => void heard.push(`wave ${id}`));
      return null;
    }
    const { unmount } = render(<Ear />, { wrapper: Provider });
    expect(fake.joined).toEqual(['a']);
    expect(fake.given('a').options.history).toBe(0);
    await settle(() => fake.say('a', message('1'), message('2', { type: 'wave' })));
    expect(heard).toEqual(['1', '2', 'wave 2']);
    expect(renders).toBe(1);
    unmount();
    fake.tell('a', 'message', message('3'));
    fake.clock.advance(250);
    expect(heard).toHaveLength(3);
    expect(fake.left).toEqual(NOTHING_LEFT);
  });

  test('under StrictMode each message is heard once', async () => {
    const heard: string[] = [];
    function Ear(): ReactNode {
      useRoomEvent('a', ({ id }) => void heard.push(`event ${id}`));
      useRoom('a', { onMessage: ({ id }) => void heard.push(`room ${id}`) });
      return null;
    }
    render(<Ear />, { wrapper: Strict });
    await settle(() => fake.say('a', message('1')));
    expect(heard).toEqual(['event 1', 'room 1']);
  });
});

describe('verbs', () => {
  test('are the same functions as long as the room is, and those of one room never act on another', async () => {
    const verbs = new Set<unknown>();
    let room!: UseRoom;
    function Hook({ id }: { readonly id: string }): ReactNode {
      room = useRoom(id);
      for (const verb of [room.send, room.retry, room.updatePresence, room.loadOlder, room.clear]) verbs.add(verb);
      return room.count;
    }
    const { rerender } = render(<Hook id="a" />, { wrapper: Provider });
    for (let count = 1; count < 10; count++) await settle(() => fake.change('a', { count, status: 'joined' }));
    expect(verbs.size).toBe(5);
    const { send } = room;
    rerender(<Hook id="b" />);
    expect(verbs.size).toBe(10);
    fake.log.length = 0;
    send('late'); // what was meant for a
    room.send('now');
    room.retry('x');
    room.updatePresence({ n: 1 });
    await room.loadOlder(7);
    room.clear();
    expect(fake.log).toEqual([
      'send a "late"',
      'send b "now"',
      'retry b "x"',
      'update b {"n":1}',
      'older b 7',
      'clear b',
    ]);
  });
});

describe('lifetime', () => {
  test('many components and hooks of one room are one join, left when the last one has gone, after the linger', () => {
    function All(): ReactNode {
      useRoom('a');
      useMessages('a');
      useOthers('a');
      useSelf('a');
      useRoomEvent('a', () => {});
      return null;
    }
    const { rerender } = render([<All key="1" />, <All key="2" />], { wrapper: Strict });
    rerender([<All key="1" />]);
    fake.clock.advance(1_000);
    expect(fake.joined).toEqual(['a']);
    rerender([]);
    fake.clock.advance(249);
    expect(fake.log).toEqual(['join a', ...fake.log.filter((entry) => /retain|release/.test(entry))]);
    fake.clock.advance(1);
    expect(fake.log.at(-1)).toBe('leave a');
  });

  test('20 remounts within one tick: one join', () => {
    const { rerender } = render(<i />, { wrapper: Strict });
    const Hook = (): ReactNode => useRoom('a').status;
    for (let round = 0; round < 20; round++) {
      rerender(<Hook />);
      rerender(<i />);
    }
    rerender(<Hook />);
    fake.clock.advance(1_000);
    expect(fake.log.filter((entry) => /^(join|leave)/.test(entry))).toEqual(['join a']);
  });

  if (Activity)
    test('<Activity>: a hidden component leaves after the linger, and joins again when it is shown', async () => {
      const heard: string[] = [];
      function Hook(): ReactNode {
        return idsOf(useRoom('a', { onMessage: ({ id }) => void heard.push(id) }).messages);
      }
      const page = (mode: 'visible' | 'hidden'): ReactNode => (
        <Activity mode={mode}>
          <Hook />
        </Activity>
      );
      const { container, rerender } = render(page('visible'), { wrapper: Provider });
      await settle(() => fake.say('a', message('1')));
      rerender(page('hidden'));
      rerender(page('visible'));
      fake.clock.advance(1_000);
      expect(fake.log).toEqual(['join a', 'retain']);

      rerender(page('hidden'));
      fake.clock.advance(250);
      expect(fake.joined).toEqual([]);
      fake.tell('a', 'message', message('unheard'));
      rerender(page('visible'));
      await settle(() => fake.say('a', message('2')));
      expect(fake.log).toEqual(['join a', 'retain', 'leave a', 'join a']);
      expect(heard).toEqual(['1', '2']);
      expect(container.textContent).toBe('2');
    });
});
