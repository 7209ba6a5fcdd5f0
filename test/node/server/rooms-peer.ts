// A client of the rooms protocol without any of the library's client: it says frames and keeps what it hears. Tests nothing.

import type { ClientEvent, ServerEvent } from '../../../src/protocol/rooms-frames.js';
import { connect, type Started } from './support.js';

type Kind = ServerEvent['t'];
export type Heard<T extends Kind> = Extract<ServerEvent, { readonly t: T }>;

export interface RoomsPeer {
  say(...events: readonly ClientEvent[]): Promise<void>;
  /** A frame as it is. */
  raw(frame: string): Promise<void>;
  /** The next event of this type that was not taken yet; `fits` chooses. */
  next<T extends Kind>(type: T, fits?: (event: Heard<T>) => boolean): Promise<Heard<T>>;
  /** Everything, in order. */
  readonly heard: ServerEvent[];
  /** Answers when all that was said before is done. */
  settled(): Promise<void>;
  readonly closed: Promise<number>;
  /** Ends it as a client that goes for good. */
  leave(): void;
  /** Ends it without a word. */
  cut(): void;
}

/** What was heard, and who waits for what. */
export function createEar(): { hear(frame: string): void; next: RoomsPeer['next']; heard: ServerEvent[] } {
  const heard: ServerEvent[] = [];
  const inbox: ServerEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    heard,
    hear(frame) {
      const events = [JSON.parse(frame) as ServerEvent | ServerEvent[]].flat();
      heard.push(...events);
      inbox.push(...events);
      for (const look of waiting) look();
    },
    next: <T extends Kind>(type: T, fits: (event: Heard<T>) => boolean = () => true) =>
      new Promise<Heard<T>>((resolve) => {
        const look = (): void => {
          const index = inbox.findIndex((each) => each.t === type && fits(each as Heard<T>));
          if (index < 0) return;
          waiting.delete(look);
          resolve(inbox.splice(index, 1)[0] as Heard<T>);
        };
        waiting.add(look);
        look();
      }),
  };
}

let wires = 0;
/** A wire's name; each is another. */
export const createSessionName = (): string => `session-of-a-test-${++wires}`;

export async function overSocket({ at }: Pick<Started, 'at'>): Promise<RoomsPeer> {
  const { socket, closed } = await connect(at(`session=${createSessionName()}`));
  const { hear, ...ear } = createEar();
  socket.on('message', (data: Buffer) => hear(data.toString()));
  const raw = async (frame: string): Promise<void> => socket.send(frame);
  const peer: RoomsPeer = {
    ...ear,
    raw,
    say: (...events) => raw(JSON.stringify(events)),
    async settled() {
      await peer.say({ t: 'ping' });
      await ear.next('pong');
    },
    closed: closed.then(({ code }) => code),
    leave: () => socket.close(1000),
    cut: () => socket.terminate(),
  };
  return peer;
}

export const keyOf = (name: string): string => `key-of-${name}`.padEnd(16, '-');

/** Says hello and hears welcome. */
export async function greet(peer: RoomsPeer, name: string, token?: string): Promise<Heard<'welcome'>> {
  await peer.say({ t: 'hello', v: 1, key: keyOf(name), token });
  return peer.next('welcome');
}
