// The far ends of a scene: a socket moved by hand, and a server of rooms without a network. Knows no React.

import { createRealtimeClient, type RealtimeClient } from '../../../src/core.js';
import { createFakeServer, createFakeWebSocket, type FakeWebSocket } from '../../../src/testing.js';
import { inNextTask } from './work.js';

export interface Far {
  readonly socket: FakeWebSocket;
  readonly client: RealtimeClient;
  /** How many were said. */
  readonly said: number;
  /** The next number, to the socket, into the room, and as what another member shows of itself. */
  say(): void;
  /** Both links break. */
  cut(): void;
  /** Another member of the room comes in. */
  join(): void;
}

export const ADDRESS = 'ws://localhost/scene';
export const ROOM = 'scene';
/** Attempts come soon, by chance as anywhere. */
export const retry = { initialDelayMs: 20, maxDelayMs: 40 };

export function createFar(flush: 'frame' | 'sync'): Far {
  // a handshake is a task or more, never a microtask
  const socket = createFakeWebSocket((each) => inNextTask(() => each.accept()));
  const server = createFakeServer();
  const connect = (name: string): RealtimeClient =>
    createRealtimeClient({
      ...{ transport: server.transport, heartbeat: false, flush, retry, presenceThrottleMs: 0 },
      auth: { getToken: () => name },
    });
  const other = connect('Ben').room<number, { readonly n: number }>(ROOM);
  let said = 0;
  return {
    socket,
    client: connect('Ada'),
    get said() {
      return said;
    },
    say() {
      said++;
      socket.last.message(String(said));
      server.publish(ROOM, said);
      other.updatePresence({ n: said });
    },
    cut() {
      socket.last.drop();
      server.cut(0);
    },
    join: () => void other.enter({ n: said }),
  };
}
