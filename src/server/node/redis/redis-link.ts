// Asking Redis and hearing it, with a limit to every wait. A Redis that hangs is asked once more, and nobody else waits for that. Knows no rooms.

import type { Cancel, Clock } from '../../../base/clock.js';
import { RealtimeError } from '../../../base/error.js';
import { createRedisClients, type RedisClients } from './redis-client.js';
import type { RedisSource } from './redis-options.js';
import type { Script } from './scripts.js';

export interface RedisLink {
  /** Rejects when there is no answer in time; at once where none can be hoped for. In the order of the calls, while all is well. */
  call(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): void;
  /** Says something once, to whoever listens at that moment; resolves with how many those were. */
  tell(channel: string, text: string): Promise<number>;
  /** Resolves when all that was told before the call was heard. */
  barrier(): Promise<void>;
  readonly isUp: boolean;
  close(): void;
}

export interface RedisLinkOptions {
  readonly source: string | RedisSource;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly silentMs: number;
  /** A channel that nobody else has. */
  readonly echo: string;
  readonly onText: (channel: string, text: string) => void;
  /** Both connections are there; what was told before may be missed. */
  readonly onUp: () => void;
  readonly onDown: (error: RealtimeError) => void;
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** A refusal by Redis, or a connection that broke meanwhile. */
const wordsFor = (error: unknown): RealtimeError =>
  new RealtimeError('lost', `Redis: ${said(error)}`, { cause: error });

export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { clock, timeoutMs, echo } = options;
  let clients: RedisClients | undefined;
  let opening: Promise<void> | undefined;
  let state: 'new' | 'up' | 'down' | 'closed' = 'new';
  let echoes = false; // is the echo heard on this connection?
  let probing = false;
  let why = new RealtimeError('lost', 'Redis was not reached.');
  let rounds = 0;
  const waiting = new Set<{ run(): void; fail(): void }>(); // for the first connection, or a short break
  const rung = new Map<string, () => void>();

  const isReady = (): boolean => !!clients?.commands.isReady && clients.ears.isReady && echoes && !probing;
  const fail = (error: RealtimeError): void => {
    if (state === 'closed' || state === 'down') return;
    state = 'down';
    why = error;
    for (const each of [...waiting]) each.fail();
    options.onDown(error);
  };
  /** Scripts go ahead of their first call: said again in full when Redis lacked them, calls would be overtaken by later ones. */
  const loaded = new Set<string>();
  const look = (): void => {
    if (state === 'closed' || state === 'up' || !isReady()) return;
    state = 'up';
    options.onUp();
    for (const each of [...waiting]) each.run();
  };
  const onError = (error: unknown): void => {
    loaded.clear();
    const told = said(error) || 'no connection';
    why = new RealtimeError('lost', `Redis is not there: ${told}.`, { cause: error });
    if (state === 'up' && !isReady()) state = 'new'; // it may be a short break: those who ask wait for their time
  };
  /** Somebody waited in vain. Nobody else does, until it has answered. */
  const suspect = (error: RealtimeError): void => {
    fail(error);
    if (!clients || probing || !clients.commands.isReady || !clients.ears.isReady) return;
    const { commands, ears } = clients;
    probing = true;
    const done = (): void => {
      probing = false;
      look();
    };
    Promise.all([commands.sendCommand(['PING']), ears.sendCommand(['PING'])]).then(done, done);
  };

  const hear = (text: string, channel: string): void => {
    if (channel !== echo) return options.onText(channel, text);
    rung.get(text)?.();
    rung.delete(text);
  };
  const open = async (): Promise<void> => {
    try {
      clients = await createRedisClients(options.source, options.silentMs);
    } catch (error) {
      return fail(error instanceof RealtimeError ? error : new RealtimeError('config', said(error), { cause: error }));
    }
    const { commands, ears } = clients;
    if (state === 'closed') return;
    for (const each of [commands, ears]) {
      each.on('error', onError);
      each.on('ready', look);
      each.connect().catch(onError);
    }
    ears.on('ready', () => {
      if (echoes) return; // the client subscribes by itself to what it had
      ears.subscribe(echo, hear).then(() => {
        echoes = true;
        look();
      }, onError);
    });
  };

  /** `run`, as soon as there is a connection, with the time that is left. */
  const within = <T>(run: (clients: RedisClients) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (state === 'closed') return reject(new RealtimeError('lost', 'This backplane was closed.'));
      opening ??= open();
      if (state === 'down') return reject(why);
      let cancel: Cancel | undefined;
      const end = (): void => {
        cancel?.();
        waiting.delete(turn);
      };
      const turn = {
        run() {
          waiting.delete(turn);
          if (clients)
            run(clients)
              .then(resolve, (error: unknown) => reject(wordsFor(error)))
              .finally(end);
        },
        fail() {
          end();
          reject(why);
        },
      };
      const expire = (): void => {
        const error =
          state === 'up' ? new RealtimeError('timeout', `Redis did not answer within ${timeoutMs} ms.`) : why;
        end();
        reject(error);
        suspect(error);
      };
      // one turn more: where we were busy ourselves the answer lies there, and was not read
      const limit = (): void => void (cancel = clock.after(timeoutMs, () => void (cancel = clock.after(1, expire))));
      if (clients) limit();
      else void opening.then(() => waiting.has(turn) && limit()); // reading the package is not Redis being slow
      if (state === 'up') turn.run();
      else waiting.add(turn);
    });

  return {
    call: (script, keys, args) =>
      within(async ({ commands }) => {
        const rest = [String(keys.length), ...keys, ...args.map(String)];
        if (!loaded.has(script.sha)) {
          loaded.add(script.sha);
          commands.sendCommand(['SCRIPT', 'LOAD', script.text]).catch(() => {}); // the call itself finds that out
        }
        try {
          return await commands.sendCommand(['EVALSHA', script.sha, ...rest]);
        } catch (error) {
          if (!said(error).startsWith('NOSCRIPT')) throw error;
          return commands.sendCommand(['EVAL', script.text, ...rest]);
        }
      }),
    subscribe: (channel) => within(async ({ ears }) => void (await ears.subscribe(channel, hear))),
    unsubscribe(channel) {
      // a channel that stays is heard by nobody here, and costs no more than that
      if (state !== 'closed') clients?.ears.unsubscribe(channel, hear).catch(() => {});
    },
    tell: (channel, text) =>
      within(async ({ commands }) => Number(await commands.sendCommand(['PUBLISH', channel, text]))),
    barrier() {
      const round = String(++rounds);
      const heard = new Promise<void>((resolve) => rung.set(round, resolve));
      return within(async ({ commands }) => {
        await commands.sendCommand(['PUBLISH', echo, round]);
        await heard;
      }).finally(() => rung.delete(round));
    },
    get isUp() {
      return state === 'up';
    },
    close() {
      if (state === 'closed') return;
      why = new RealtimeError('lost', 'This backplane was closed.');
      state = 'closed';
      for (const each of [...waiting]) each.fail();
      clients?.commands.destroy();
      clients?.ears.destroy();
    },
  };
}
