// What the processes of a fleet say to each other: servers, people, and the test that started them. Types only.

import type { Place } from '../../src/protocol/rooms-frames.js';
import type { Way } from './person.js';
import type { Score } from './score.js';

export interface NodeSettings {
  readonly redis: string;
  readonly prefix: string;
  /** The same one after each death. */
  readonly port: number;
  readonly history: number;
  readonly leaseMs: number;
}

export interface PeopleSettings {
  readonly seed: number;
  /** Each wire goes to the next of them: `127.0.0.1:port`. */
  readonly hosts: readonly string[];
  readonly people: readonly { readonly name: string; readonly room: string; readonly way: Way }[];
}

export type Ask =
  /** Each says so many, all together so many in a second. */
  | { readonly ask: 'talk'; readonly each: number; readonly perSecond: number }
  /** Nothing new is said in these rooms, until other ones are named. */
  | { readonly ask: 'hush'; readonly rooms: readonly string[] }
  | { readonly ask: 'look' }
  /** Against the truth by room, which is in a file. */
  | { readonly ask: 'score'; readonly file: string }
  /** Everybody leaves; then nothing should hold the process. */
  | { readonly ask: 'close' };

/** One of the people, as seen from outside. */
export interface Look {
  readonly name: string;
  readonly room: string;
  readonly isJoined: boolean;
  readonly place: Place | null;
  readonly sent: number;
  /** Sent, and not settled. */
  readonly waiting: number;
  readonly heard: number;
  /** Wires that opened so far. */
  readonly opened: number;
  readonly gaps: number;
  /** Whom it sees; undefined: it does not know just now. */
  readonly members?: readonly string[] | undefined;
  /** What its connection says. */
  readonly state: string;
}

export interface Answers {
  readonly talk: null;
  readonly hush: null;
  readonly look: readonly Look[];
  /** By room. */
  readonly score: Readonly<Record<string, Score>>;
  readonly close: null;
}
