// The command line, apart from the process: arguments in, a running server or an exit code out.

import type { Backplane } from '../backplane.js';
import { help, readFlags } from './flags.js';
import type { ServerEvent } from './options.js';
import { redis } from './redis/redis.js';
import { serve, type Serving } from './serve.js';

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Says each origin once; a bounded number, since anybody can make up more. */
function createDoorman(err: Output['err']): (event: ServerEvent) => void {
  const told = new Set<string>();
  return (event) => {
    const origin = event.type === 'refused' ? event.origin : undefined;
    if (origin === undefined || told.has(origin) || told.size >= 100) return;
    told.add(origin);
    // others cannot be listed, and might do something to a terminal
    const listable = /^[a-z][a-z\d+.-]*:\/\/[\w.:[\]-]+$/.test(origin);
    err(
      listable
        ? `roomtone: refused a page of ${origin}; to let it in: --origin ${origin}\n`
        : `roomtone: refused a page whose origin is "${encodeURI(origin)}"; only --origin '*' lets it in\n`,
    );
  };
}

const wholeNumber = (name: string, text: string | undefined, max: number): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max)
    throw new Error(`--${name} takes a whole number from 0 to ${max}, not "${text}"`);
  return value;
};

/** Rooms in Redis, which says when it is lost and when it is back. Rejects where that cannot be. */
async function openRedis(url: string, size: number | undefined, err: Output['err']): Promise<Backplane> {
  // not with the address in it: that may have a password
  if (!/^rediss?:\/\/./.test(url)) throw new Error('--redis takes an address like redis://127.0.0.1:6379');
  await import('redis').catch(() => {
    throw new Error('--redis needs the redis package: npm i redis');
  });
  let wasLost = false;
  const backplane = redis(url, {
    history: { size },
    onStatus(now) {
      if (now.status === 'lost') err(`roomtone: ${now.error.message} Rooms are refused until it is back.\n`);
      else if (wasLost) err('roomtone: Redis is back\n');
      wasLost = now.status === 'lost';
    },
  });
  // so that it is known at once, and not by the first who comes
  Promise.resolve(backplane.position('default')).catch(() => {});
  return backplane;
}

/** An exit code, or a server that runs until it is closed. */
export async function run(args: readonly string[], { out, err }: Output): Promise<number | Serving> {
  let backplane: Backplane | undefined;
  try {
    const { values, positionals } = readFlags(args);
    const [command, ...rest] = positionals;
    if (values.help) {
      out(help);
      return 0;
    }
    if (command !== 'serve' || rest.length > 0)
      throw new Error(
        command === 'serve'
          ? `unexpected "${rest.join(' ')}"`
          : command
            ? `unknown command "${command}"`
            : 'nothing to do; try "roomtone serve"',
      );
    const { host, path, origin, health, metrics } = values;
    for (const [name, given] of Object.entries({ path, health, metrics }))
      if (given !== undefined && !given.startsWith('/'))
        throw new Error(`--${name} begins with a slash, unlike "${given}"`);
    const port = wholeNumber('port', values.port, 65_535);
    const size = wholeNumber('history', values.history, 1_000_000);
    if (values.redis !== undefined) backplane = await openRedis(values.redis, size, err);
    const serving = await serve({
      backplane,
      port,
      host,
      path,
      healthPath: health,
      metricsPath: metrics,
      allowedOrigins: origin?.includes('*') ? '*' : origin,
      onEvent: createDoorman(err),
      history: { size },
    });
    out(`roomtone listens on ${serving.url}\n`);
    await import('ws').catch(() => err('roomtone: WebSockets are refused, for the ws package is missing: npm i ws\n'));
    return {
      ...serving,
      async close() {
        await serving.close();
        await backplane?.close();
      },
    };
  } catch (error) {
    await backplane?.close();
    const busy = (error as { code?: unknown }).code === 'EADDRINUSE';
    err(
      `roomtone: ${busy ? 'that port is taken; choose another with --port' : (error as Error).message}\nroomtone: see roomtone --help\n`,
    );
    return 2;
  }
}
