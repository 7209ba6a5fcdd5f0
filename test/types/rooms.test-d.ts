// What must compile, and what must not: a room's types flow from defineRoom to messages, members, sends and selections.

import { createElement } from 'react';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  createRealtimeClient,
  defineRoom,
  initialRealtimeState,
  ladder,
  type Member,
  pooled,
  pooledRooms,
  type Presence,
  type RealtimeClient,
  RealtimeProvider,
  realtimeReducer,
  type RealtimeState,
  type RoomDelivery,
  type RoomMessage,
  type RoomRef,
  type RoomState,
  useConnection,
  useMessages,
  useOthers,
  usePresence,
  useRealtime,
  useRealtimeClient,
  useRoom,
  useRoomEvent,
  useSelf,
  useWebSocket,
} from '../../src/index.js';

interface Text {
  readonly text: string;
}
// a type and no interface: an interface has no index signature
type Who = { readonly name: string; readonly typing?: boolean | undefined };

const chat = defineRoom<Text, Who>('chat');
const parsed = defineRoom('chat', {
  message: z.object({ text: z.string() }),
  presence: z.object({ name: z.string() }),
});

describe('defineRoom', () => {
  it('names rooms, and takes their types from schemas', () => {
    expectTypeOf(chat('general')).toEqualTypeOf<RoomRef<Text, Who>>();
    expectTypeOf(chat()).toEqualTypeOf<RoomRef<Text, Who>>();
    expectTypeOf(parsed('general')).toEqualTypeOf<RoomRef<{ text: string }, { name: string }>>();
  });
});

describe('useRoom', () => {
  it('knows nothing of a room that is only a name', () => {
    const room = useRoom('general');
    expectTypeOf(room.messages).toEqualTypeOf<readonly RoomMessage[]>();
    expectTypeOf(room.others).toEqualTypeOf<readonly Member<Presence>[]>();
    expectTypeOf(room.send).parameter(0).toEqualTypeOf<unknown>();
  });

  it('gives the types of the room to everything', () => {
    const room = useRoom(chat('general'), {
      presence: { name: 'Ada' },
      onMessage: ({ data }) => expectTypeOf(data).toEqualTypeOf<Text>(),
      onPresence: ({ member }) => expectTypeOf(member.presence).toEqualTypeOf<Who>(),
    });
    expectTypeOf(room.messages[0]?.data).toEqualTypeOf<Text | undefined>();
    expectTypeOf(room.members).toEqualTypeOf<ReadonlyMap<string, Member<Who>>>();
    expectTypeOf(room.others[0]?.presence).toEqualTypeOf<Who | undefined>();
    expectTypeOf(room.self.presence).toEqualTypeOf<Who | null>();
    expectTypeOf(room.send({ text: 'hi' })).toEqualTypeOf<RoomDelivery>();
    room.updatePresence({ typing: true });
    // @ts-expect-error no such message
    room.send({ txet: 'hi' });
    // @ts-expect-error no such presence
    room.updatePresence({ tpying: true });
    // @ts-expect-error the room's own type of presence holds
    useRoom(chat('general'), { presence: { nmae: 'Ada' } });
  });

  it('takes them from schemas too, or from what the caller says', () => {
    expectTypeOf(useRoom(parsed('x')).messages).toEqualTypeOf<readonly RoomMessage<{ text: string }>[]>();
    expectTypeOf(useRoom<Text>('general').messages).toEqualTypeOf<readonly RoomMessage<Text>[]>();
  });

  it('gives fields that nobody may write, and refuses options that it does not know', () => {
    const room = useRoom(chat('general'));
    // @ts-expect-error read only
    room.status = 'joined';
    // @ts-expect-error read only
    room.messages.push(room.messages[0]);
    // @ts-expect-error no such option
    useRoom('general', { keep: 3 });
    // @ts-expect-error a number is no room
    useRoom(7);
  });
});

describe('the narrow hooks', () => {
  it('give the part, or what the selector takes from it', () => {
    expectTypeOf(useMessages(chat('x'))).toEqualTypeOf<readonly RoomMessage<Text>[]>();
    expectTypeOf(useMessages(chat('x'), (messages) => messages.at(-1)?.data.text)).toEqualTypeOf<string | undefined>();
    expectTypeOf(useOthers(chat('x'))).toEqualTypeOf<readonly Member<Who>[]>();
    expectTypeOf(
      useOthers(
        chat('x'),
        (others) => others.filter(({ presence }) => presence.typing).length,
        (one, other) => one === other,
      ),
    ).toEqualTypeOf<number>();
    expectTypeOf(useSelf(chat('x'))).toEqualTypeOf<RoomState<Text, Who>['self']>();
    expectTypeOf(useSelf(chat('x'), ({ user }) => user)).toEqualTypeOf<string | null>();
    expectTypeOf(useMessages('x', (messages) => messages[0]?.data)).toEqualTypeOf<unknown>();
  });

  it('takes interfaces, which have no index signature', () => {
    interface Text {
      readonly text: string;
    }
    interface Who {
      readonly name: string;
    }
    const { messages, self } = useRoom<Text, Who>('x', { presence: { name: 'Ada' } });
    expectTypeOf(messages[0]!.data.text).toEqualTypeOf<string>();
    expectTypeOf(self.presence!.name).toEqualTypeOf<string>();
  });

  it('usePresence merges what the room knows', () => {
    const [mine, update] = usePresence(chat('x'), { name: 'Ada' });
    expectTypeOf(mine).toEqualTypeOf<Who | null>();
    update({ typing: false });
    // @ts-expect-error no such field
    update({ tpying: false });
    // @ts-expect-error the name is missing
    usePresence(chat('x'), { typing: false });
  });

  it('useRoomEvent hands messages to its handler', () => {
    useRoomEvent(chat('x'), ({ data }) => expectTypeOf(data).toEqualTypeOf<Text>());
    useRoomEvent(chat('x'), 'wave', ({ data }) => expectTypeOf(data).toEqualTypeOf<Text>());
    // @ts-expect-error a handler is missing
    useRoomEvent(chat('x'), 'wave');
  });
});

describe('the client', () => {
  it('is made, provided, and found', () => {
    const client = createRealtimeClient({ transport: ladder('/realtime') });
    expectTypeOf(client).toEqualTypeOf<RealtimeClient>();
    expectTypeOf(useRealtimeClient()).toEqualTypeOf<RealtimeClient>();
    createElement(RealtimeProvider, { client });
    createElement(RealtimeProvider, { url: '/realtime', auth: { getToken: () => null }, lingerMs: 0 });
    createElement(RealtimeProvider, { url: '/realtime', pool: pooledRooms({ size: 3 }) });
    createRealtimeClient({ transport: ladder('/realtime'), pool: pooledRooms({ size: 3 }) });
    // @ts-expect-error how many?
    pooledRooms({});
    // @ts-expect-error sockets of a link share everything; rooms do not
    createRealtimeClient({ transport: ladder('/realtime'), pool: pooled({ size: 3 }) });
    // @ts-expect-error nor can a link keep rooms
    useWebSocket('ws://x', { pool: pooledRooms({ size: 3 }) });
    // @ts-expect-error a transport comes with a client of one's own
    createElement(RealtimeProvider, { url: '/realtime', transport: ladder('/realtime') });
    // @ts-expect-error either, or
    createElement(RealtimeProvider, { url: '/realtime', client });
  });

  it('has a state that can be read, selected from, and replayed', () => {
    expectTypeOf(useRealtime()).toEqualTypeOf<RealtimeState>();
    expectTypeOf(useRealtime(({ rooms }) => rooms.size)).toEqualTypeOf<number>();
    expectTypeOf(useConnection().transport).toEqualTypeOf<string | null>();
    expectTypeOf(useConnection().reconnect()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(realtimeReducer(initialRealtimeState, [])).toEqualTypeOf<RealtimeState>();
  });
});
