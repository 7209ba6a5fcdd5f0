// A client of rooms in the page under test: what it is told to do, and a log of what it showed. Asserts nothing.

import { databaseStorage, type KeyStorage, pageStorage } from '../../../src/base/storage.js';
import {
  createRealtimeClient,
  keyStorage,
  ladder,
  type RealtimeClient,
  type RoomHandle,
  type RoomsOutboxOptions,
} from '../../../src/core.js';
import type { RoomsLab, RoomsSpec, RoomsView } from './lab.js';

type Log = { -readonly [K in keyof RoomsView]: RoomsView[K] extends readonly (infer Item)[] ? Item[] : RoomsView[K] };

/** Tells of each message that has been written down, by its id. */
function watched(storage: KeyStorage, written: (id: string) => void): KeyStorage {
  return {
    ...storage,
    save(key, text) {
      const done = (): void => {
        const [, id] = /"t":"publish".*?"id":"([^"]*)"/.exec(text ?? '') ?? [];
        if (id !== undefined) written(id);
      };
      const saved = storage.save(key, text);
      return saved ? saved.then(done) : done();
    },
  };
}

export function createRoomsLab(): RoomsLab {
  let client: RealtimeClient | undefined;
  let room: RoomHandle | undefined;
  const unsaved = new Set<string>();
  let said = 0;
  const log: Log = {
    ...{ status: 'idle', transport: null, user: null, queued: 0, statuses: [], heard: [], messages: [] },
    ...{ receipts: {}, errors: [], gaps: 0, unsaved: 0, connections: [] },
  };

  const storageOf = ({ storage, user }: RoomsSpec): RoomsOutboxOptions => {
    if (storage === undefined) return user === undefined ? {} : { user };
    const store = storage === 'localStorage' ? pageStorage() : databaseStorage('lab');
    return { user, storage: keyStorage(watched(store, (id) => unsaved.delete(id))) };
  };
  const note = (): void => {
    const state = client?.getSnapshot();
    if (!state) return;
    const { status, transport, queued } = state.connection;
    if (log.statuses.at(-1) !== status) log.statuses.push(status);
    if (state.connectionId !== undefined && log.connections.at(-1) !== state.connectionId)
      log.connections.push(state.connectionId);
    Object.assign(log, { status, transport, queued, user: state.user?.id ?? null });
  };

  return {
    enter(spec) {
      const { user, outbox, options } = spec;
      client = createRealtimeClient({
        transport: ladder('/realtime'),
        flush: 'sync', // each status is seen
        auth: user === undefined ? undefined : { getToken: () => user },
        ...options,
        outbox: { ...outbox, ...storageOf(spec) },
        onError: ({ kind, message }) => void log.errors.push({ kind, message }),
      });
      client.subscribe(note);
      room = client.room(spec.room, { history: 10_000 });
      room.on('message', ({ data }) => void log.heard.push(data));
      room.on('gap', () => void log.gaps++);
      room.subscribe(() => {});
      note();
    },
    say(messages) {
      for (const data of messages) {
        const id = `${performance.timeOrigin}-${said++}`;
        unsaved.add(id);
        void room?.send(data, { id }).done.then(({ status }) => {
          unsaved.delete(id);
          log.receipts[status] = (log.receipts[status] ?? 0) + 1;
        });
      }
    },
    seen: () => ({
      ...log,
      unsaved: unsaved.size,
      messages: room?.getSnapshot().messages.map(({ data }) => data) ?? [],
    }),
    disconnect: () => client?.disconnect(),
  };
}
