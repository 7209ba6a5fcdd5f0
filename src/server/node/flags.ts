// The flags of the command line and what they say about themselves. Starts nothing.

import { parseArgs } from 'node:util';

export const help = `roomtone serve: live rooms over WebSocket, SSE, long poll, poll and POST, on one path.

  npx --package=roomtone --package=ws roomtone serve [flags]

  --port <n>        The port; 0 takes a free one. Default: 8787.
                      --port 3000
  --host <address>  Who can reach it: 127.0.0.1 is this machine only, 0.0.0.0 every network. Default: 127.0.0.1.
                      --host 0.0.0.0
  --path <path>     Where the rooms are. Default: /realtime.
                      --path /live
  --origin <url>    Pages of this origin may connect too; again for more, '*' for all. Default: the same origin only.
                      --origin http://localhost:5173 --origin https://app.example
  --history <n>     Messages that a room keeps for who comes late or comes back. Default: 100.
                      --history 500
  --redis <url>     The same rooms on every server with this address; needs the redis package beside it. (Plain
                    links, ?room=, have rooms by themselves then.) Default: rooms of this process alone.
                      --redis redis://user:password@127.0.0.1:6379
  --health <path>   Answers 200 while it serves and 503 while it closes. Default: /healthz.
                      --health /livez
  --metrics <path>  Numbers for Prometheus; needs the prom-client package beside it. Default: none.
                      --metrics /metrics
  --help            This text.

SIGINT and SIGTERM close it: who is connected is told to come back, and comes to the server that is there then.

With the room "news":
  ws://127.0.0.1:8787/realtime?room=news
  curl -N -H 'accept: text/event-stream' 'http://127.0.0.1:8787/realtime?room=news'
  curl -H 'content-type: application/json' -d '{"hello":1}' 'http://127.0.0.1:8787/realtime?room=news'
`;

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  path: { type: 'string' },
  origin: { type: 'string', multiple: true },
  history: { type: 'string' },
  redis: { type: 'string' },
  health: { type: 'string' },
  metrics: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** How many letters must be put in, taken out or changed to make one of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const changed = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The known flag that was probably meant. */
function nearest(flag: string): string | undefined {
  const [best] = Object.keys(options)
    .map((name) => ({ name, far: distance(flag, name) }))
    .sort((one, other) => one.far - other.far);
  // where half of the letters are others, nobody meant it
  return best && best.far <= Math.max(1, flag.length / 2) ? best.name : undefined;
}

export interface Flags {
  readonly values: {
    readonly [Name in 'port' | 'host' | 'path' | 'history' | 'redis' | 'health' | 'metrics']?: string | undefined;
  } & { readonly origin?: readonly string[] | undefined; readonly help?: boolean | undefined };
  readonly positionals: readonly string[];
}

/** Throws what to tell where the arguments make no sense. */
export function readFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown };
    const [, flag] = /'-{1,2}([^']*)'/.exec(message) ?? [];
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || flag === undefined) throw error;
    const meant = nearest(flag);
    throw new Error(`there is no flag --${flag}${meant ? `; did you mean --${meant}?` : ''}`, { cause: error });
  }
}
