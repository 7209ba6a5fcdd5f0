// What the page under test understands and answers: the words between a test and its page. Types only.

import type { RealtimeErrorKind, Status } from '../../../src/index.js';
import type { Ledger } from './ledger.js';

/** One component with one hook. Options travel as JSON. */
export interface Spec {
  /** Under which its log is kept, through every remount. */
  readonly name: string;
  readonly kind: 'websocket' | 'sse' | 'long-poll' | 'poll';
  readonly url: string;
  /** Another key is another component. */
  readonly key?: string | number;
  readonly options?: { readonly [name: string]: unknown };
  /** Where its outbox outlives the page. */
  readonly storage?: 'localStorage' | 'indexedDB';
}

/** What a component has shown and what its callbacks heard, since the page was loaded. */
export interface View {
  readonly status: Status;
  readonly statuses: readonly Status[];
  /** `data` of every `onMessage`. */
  readonly heard: readonly unknown[];
  /** `data` of what is rendered. */
  readonly messages: readonly unknown[];
  readonly opens: number;
  readonly reconnects: number;
  readonly gaps: number;
  readonly closes: readonly { readonly why: string; readonly code?: number | undefined }[];
  readonly errors: readonly { readonly kind: RealtimeErrorKind; readonly message: string }[];
  readonly queued: number;
  /** How the sends went, in the order of sending; null: not settled. */
  readonly deliveries: readonly (string | null)[];
}

/** A client of rooms with one room. Options travel as JSON. */
export interface RoomsSpec {
  readonly room: string;
  /** Also the token, by which the site knows its users. */
  readonly user?: string | undefined;
  readonly storage?: 'localStorage' | 'indexedDB' | undefined;
  readonly outbox?: { readonly [name: string]: unknown } | undefined;
  readonly options?: { readonly [name: string]: unknown } | undefined;
}

export interface RoomsView {
  readonly status: Status;
  /** All that were shown. */
  readonly statuses: readonly Status[];
  readonly transport: string | null;
  readonly user: string | null;
  readonly queued: number;
  /** `data` of every message event. */
  readonly heard: readonly unknown[];
  /** `data` of what the room shows. */
  readonly messages: readonly unknown[];
  readonly gaps: number;
  /** How many sends of this page ended how. */
  readonly receipts: { [status: string]: number };
  readonly errors: readonly { readonly kind: RealtimeErrorKind; readonly message: string }[];
  /** Sends of this page that have not been written down, and are not settled. */
  readonly unsaved: number;
  /** The names that the server gave us, one after another. */
  readonly connections: readonly string[];
}

export interface RoomsLab {
  /** Makes the client, and watches its room. */
  enter(spec: RoomsSpec): void;
  /** Each of these is a message to the room. */
  say(messages: readonly unknown[]): void;
  seen(): RoomsView;
  disconnect(): void;
}

/** A component in a room, by the hooks. */
export interface Seat {
  readonly room: string;
  /** Who sits there: also the token. */
  readonly user: string;
  /** What they show of themselves. */
  readonly mood: string;
}

export interface SeatView {
  readonly connection: Status;
  readonly room: string;
  /** `data` of every `onMessage`. */
  readonly heard: readonly unknown[];
  /** `data` of what is rendered, and whether the server has it. */
  readonly messages: readonly unknown[];
  readonly pending: number;
  /** What the others show, by who they are. */
  readonly others: Readonly<Record<string, unknown>>;
  readonly mine: unknown;
}

export interface SeatLab {
  /** Renders a provider and one component in a room below it; null: neither. */
  sit(seat: Seat | null, strict?: boolean): void;
  seated(): SeatView;
  /** Says it in the room. */
  tell(data: unknown): void;
  setMood(mood: string): void;
}

export interface Lab extends RoomsLab, SeatLab {
  /** The version of React. */
  react(): string;
  /** Renders exactly these; in StrictMode, unless it is false. */
  show(specs: readonly Spec[], strict?: boolean): void;
  view(name: string): View;
  send(name: string, data: unknown): void;
  /** Mounts and unmounts all of these `cycles` times: one cycle per task, or as soon as `untilOpen` was open. */
  churn(specs: readonly Spec[], cycles: number, untilOpen?: string): Promise<void>;
  ledger(): Ledger;
}

declare global {
  interface Window {
    lab: Lab;
    /** What the page heard of its own life, in order. */
    life: string[];
  }
}
