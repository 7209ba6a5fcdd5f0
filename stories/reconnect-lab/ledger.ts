// Who said what, what became of it, and who heard it: counted from the outside, by ids that are made here. No React.

import type { RoomGap, RoomMessage, RoomReceipt } from '../../src/index.js';

/** What is said in the lab. */
export interface Said {
  readonly text: string;
}

/** What became of a message, as far as one can tell now. */
export type Fate = 'waiting' | 'here' | 'arrived' | 'lost';

export interface Account {
  readonly name: string;
  readonly sent: number;
  /** Not heard by everybody yet. */
  readonly waiting: number;
  /** Heard, by who heard it. */
  readonly arrived: Readonly<Record<string, number>>;
  /** Given up, or not there although later ones are. */
  readonly lost: number;
}

export interface Hearing {
  readonly name: string;
  /** Heard more than once. */
  readonly twice: number;
  /** Heard after one that has a later place. */
  readonly disorder: number;
  /** Times that the room said: something is missing. */
  readonly gaps: number;
}

export interface Reading {
  readonly accounts: readonly Account[];
  readonly hearings: readonly Hearing[];
  /** The newest that were sent, oldest first. */
  readonly fates: readonly { readonly id: string; readonly from: string; readonly fate: Fate }[];
}

export interface Ledger {
  readonly sent: (by: string, id: string) => void;
  readonly settled: (receipt: RoomReceipt) => void;
  readonly heard: (at: string, message: Pick<RoomMessage, 'id' | 'offset'>) => void;
  /** It was in the room already when somebody came in. */
  readonly found: (at: string, message: Pick<RoomMessage, 'id' | 'offset'>) => void;
  readonly gap: (at: string, gap: RoomGap) => void;
  readonly read: () => Reading;
}

interface Entry {
  readonly id: string;
  readonly from: string;
  offset: number | null;
  givenUp: boolean;
  /** How often, by who heard it. */
  readonly heard: Map<string, number>;
}

interface Ear {
  readonly name: string;
  newest: number;
  twice: number;
  disorder: number;
  gaps: number;
}

const SHOWN = 160;

export function createLedger(names: readonly string[]): Ledger {
  const entries = new Map<string, Entry>();
  const ears: readonly Ear[] = names.map((name) => ({ name, newest: 0, twice: 0, disorder: 0, gaps: 0 }));
  const earOf = (name: string): Ear | undefined => ears.find((each) => each.name === name);
  let reading: Reading | undefined;

  /** Each room has an order: who has heard a later one will not hear this one any more. */
  const isLost = ({ offset, givenUp, heard }: Entry): boolean =>
    givenUp || (offset !== null && ears.some(({ name, newest }) => !heard.has(name) && newest > offset));

  const fateOf = (entry: Entry): Fate => {
    if (isLost(entry)) return 'lost';
    if (ears.every(({ name }) => entry.heard.has(name))) return 'arrived';
    return entry.heard.size > 0 || entry.offset !== null ? 'here' : 'waiting';
  };

  const readNow = (): Reading => {
    const all = [...entries.values()];
    const fates = all.map((entry) => ({ id: entry.id, from: entry.from, fate: fateOf(entry) }));
    const accounts = names.map((name): Account => {
      const own = all.filter(({ from }) => from === name);
      const ownFates = fates.filter(({ from }) => from === name);
      return {
        name,
        sent: own.length,
        waiting: ownFates.filter(({ fate }) => fate === 'waiting' || fate === 'here').length,
        arrived: Object.fromEntries(names.map((ear) => [ear, own.filter(({ heard }) => heard.has(ear)).length])),
        lost: ownFates.filter(({ fate }) => fate === 'lost').length,
      };
    });
    const hearings = ears.map(({ name, twice, disorder, gaps }) => ({ name, twice, disorder, gaps }));
    return { accounts, hearings, fates: fates.slice(-SHOWN) };
  };

  return {
    sent(by, id) {
      entries.set(id, { id, from: by, offset: null, givenUp: false, heard: new Map() });
      reading = undefined;
    },
    settled({ id, status, offset }) {
      const entry = entries.get(id);
      if (!entry) return;
      entry.offset = offset ?? entry.offset;
      entry.givenUp = status !== 'acknowledged';
      reading = undefined;
    },
    heard(at, { id, offset }) {
      const [entry, ear] = [entries.get(id), earOf(at)];
      if (!entry || !ear) return;
      const times = (entry.heard.get(at) ?? 0) + 1;
      entry.heard.set(at, times);
      if (times > 1) ear.twice += 1;
      else if (offset !== null && offset < ear.newest) ear.disorder += 1;
      ear.newest = Math.max(ear.newest, offset ?? 0);
      reading = undefined;
    },
    found(at, { id, offset }) {
      const [entry, ear] = [entries.get(id), earOf(at)];
      if (!entry || !ear || entry.heard.has(at)) return;
      entry.heard.set(at, 1);
      ear.newest = Math.max(ear.newest, offset ?? 0);
      reading = undefined;
    },
    gap(at) {
      const ear = earOf(at);
      if (ear) ear.gaps += 1;
      reading = undefined;
    },
    read: () => (reading ??= readNow()),
  };
}

/** Everything that was sent is with everybody, once and in order. */
export function isWhole({ accounts, hearings }: Reading): boolean {
  return (
    accounts.every(({ waiting, lost }) => waiting === 0 && lost === 0) &&
    hearings.every(({ twice, disorder, gaps }) => twice + disorder + gaps === 0)
  );
}
