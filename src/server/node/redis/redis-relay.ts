// Questions between servers about wires that one of them has, over channels of Redis: whoever has a wire listens under its name. Nothing is written down.

import type { Clock } from '../../../base/clock.js';
import type { Claimant, Relay } from '../../backplane.js';
import type { RedisLink } from './redis-link.js';
import { createSeal, type Seal } from './seal.js';

export interface RedisRelay extends Relay {
  /** Was that for wires? */
  hear(channel: string, text: string): boolean;
  /** Redis is there, perhaps again. */
  up(): void;
  /** Resolves when what was answered is on its way. */
  close(): Promise<unknown>;
}

export interface RedisRelayParts {
  readonly clock: Clock;
  readonly link: Pick<RedisLink, 'subscribe' | 'unsubscribe' | 'tell'>;
  readonly prefix: string;
  /** This server. */
  readonly node: string;
  readonly timeoutMs: number;
  readonly id: () => string;
}

interface Claim {
  readonly seal: Seal;
  readonly claimant: Claimant;
  /** Under which names it was said. Again only while it does not hold: the newest counts. */
  readonly said: string[];
  /** It was heard: this one has the wire until another is heard. */
  holds: boolean;
  heard: () => void;
}

/** The line before what is closed: what it is, about which question or claim, and where the answer goes. */
type Head = readonly [kind: 'claim' | 'question' | 'answer', id: string, channel: string];

export function createRedisRelay({ clock, link, prefix, node, timeoutMs, id }: RedisRelayParts): RedisRelay {
  const claims = new Map<string, Set<Claim>>(); // by channel
  const asked = new Map<string, (head: string, closed: string) => void>();
  const telling = new Set<Promise<number>>();
  const answers = `${prefix}answers:${node}`;
  let listening: Promise<void> | undefined;
  const channelOf = ({ hash }: Seal): string => `${prefix}wire:${hash}`;

  const tell = (channel: string, head: Head, seal: Seal, text: string): Promise<number> => {
    const line = JSON.stringify(head);
    const told = link.tell(channel, `${line}\n${seal.close(line, text)}`);
    telling.add(told);
    const done = (): void => void telling.delete(told);
    told.then(done, done);
    return told;
  };
  /** Before the first question: its answer would be missed. */
  const listen = (): Promise<void> =>
    (listening ??= link.subscribe(answers).catch((error: unknown) => {
      listening = undefined;
      throw error;
    }));

  /** All servers hear claims in one order: the last has the wire, and no question reaches two. */
  const take = (channel: string, claim: Claim): Promise<void> =>
    new Promise((resolve) => {
      const { heard } = claim;
      const cancel = clock.after(timeoutMs, resolve);
      claim.heard = () => {
        heard();
        cancel();
        resolve();
      };
      link
        .subscribe(channel)
        .then(async () => {
          if (!claims.get(channel)?.has(claim)) return; // it was given up meanwhile
          const name = id();
          claim.said.push(name);
          await tell(channel, ['claim', name, ''], claim.seal, '');
        })
        .catch(claim.heard); // when Redis is there it is tried again
    });
  const drop = (channel: string, claim: Claim): void => {
    const all = claims.get(channel);
    if (!all?.delete(claim) || all.size > 0) return;
    claims.delete(channel);
    link.unsubscribe(channel);
  };

  const hearClaim = (channel: string, all: ReadonlySet<Claim>, claimed: string): void => {
    for (const claim of [...all]) {
      if (claim.said.includes(claimed)) {
        if (claim.said.at(-1) !== claimed) continue;
        claim.holds = true;
        claim.heard();
      } else if (claim.holds) {
        drop(channel, claim);
        claim.claimant.taken();
      }
    }
  };
  const hearQuestion = async ({ seal, claimant }: Claim, turn: string, to: string, text: string): Promise<void> => {
    const answer = await claimant.answer(text);
    await tell(to, ['answer', turn, ''], seal, answer);
  };
  const hearWire = (
    channel: string,
    all: ReadonlySet<Claim>,
    [kind, about, to]: Head,
    said: string | undefined,
  ): void => {
    if (said === undefined) return;
    if (kind === 'claim') return hearClaim(channel, all, about);
    const holder = kind === 'question' && [...all].find(({ holds }) => holds);
    if (holder) hearQuestion(holder, about, to, said).catch(() => {}); // who asks does not wait for ever
  };
  const read = (text: string): readonly [line: string, closed: string, head: Head] | undefined => {
    const end = text.indexOf('\n');
    const line = text.slice(0, end);
    try {
      const head: unknown = JSON.parse(line);
      if (Array.isArray(head)) return [line, text.slice(end + 1), head as unknown as Head];
    } catch {
      // none of us has said that
    }
    return undefined;
  };

  return {
    async claim(wire, claimant) {
      const seal = createSeal(wire);
      const channel = channelOf(seal);
      const claim: Claim = { seal, claimant, said: [], holds: false, heard: () => {} };
      const all = claims.get(channel) ?? new Set();
      claims.set(channel, all.add(claim));
      await take(channel, claim);
      return () => drop(channel, claim);
    },
    async ask(wire, question, withinMs) {
      const seal = createSeal(wire);
      const turn = id();
      await listen().catch(() => {}); // then telling fails as well
      return new Promise((resolve) => {
        const done = (answer: string | undefined): void => {
          cancel();
          asked.delete(turn);
          resolve(answer);
        };
        const cancel = clock.after(withinMs + timeoutMs, () => done(undefined));
        asked.set(turn, (line, closed) => {
          const answer = seal.open(line, closed);
          if (answer !== undefined) done(answer);
        });
        tell(channelOf(seal), ['question', turn, answers], seal, question).then(
          (listeners) => {
            if (listeners === 0) done(undefined);
          },
          () => done(undefined),
        );
      });
    },
    hear(channel, text) {
      const all = claims.get(channel);
      if (!all && channel !== answers) return false;
      const found = read(text);
      if (!found) return true;
      const [line, closed, head] = found;
      if (!all) asked.get(head[1])?.(line, closed);
      else hearWire(channel, all, head, [...all][0]?.seal.open(line, closed)); // all of a channel are of one wire
      return true;
    },
    up() {
      for (const [channel, all] of claims) for (const claim of all) if (!claim.holds) void take(channel, claim);
    },
    close: () => Promise.allSettled([...telling]),
  };
}
