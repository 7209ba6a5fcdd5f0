// The command line, apart from the process: arguments in, a running server or an exit code out.

import { parseArgs } from 'node:util';
import type { ServerEvent } from './options.js';
import { serve, type Serving } from './serve.js';

const help = `roomtone serve: live rooms over WebSocket, SSE, long poll, poll and POST, on one path.

  npx roomtone serve [options]

  --port <n>        default 8787; 0 takes a free one
  --host <address>  default 127.0.0.1, this machine only
  --path <path>     default /realtime
  --origin <url>    an origin whose pages may connect, besides the same one; again for more; '*' for all
  --history <n>     messages kept per room, default 100
  --help            this text

WebSockets need the ws package beside it: npx --package=roomtone --package=ws roomtone serve
Then, for the room "news":
  ws://127.0.0.1:8787/realtime?room=news                 WebSocket
  curl -N -H 'accept: text/event-stream' 'http://127.0.0.1:8787/realtime?room=news'
  curl -H 'content-type: application/json' -d '{"hello":1}' 'http://127.0.0.1:8787/realtime?room=news'
`;

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

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  path: { type: 'string' },
  origin: { type: 'string', multiple: true },
  history: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const wholeNumber = (name: string, text: string | undefined, max: number): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max)
    throw new Error(`--${name} takes a whole number from 0 to ${max}, not "${text}"`);
  return value;
};

/** An exit code, or a server that runs until it is closed. */
export async function run(args: readonly string[], { out, err }: Output): Promise<number | Serving> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
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
    const { host, path, origin } = values;
    if (path !== undefined && !path.startsWith('/')) throw new Error(`--path begins with a slash, unlike "${path}"`);
    const serving = await serve({
      port: wholeNumber('port', values.port, 65_535),
      host,
      path,
      allowedOrigins: origin?.includes('*') ? '*' : origin,
      onEvent: createDoorman(err),
      history: { size: wholeNumber('history', values.history, 1_000_000) },
    });
    out(`roomtone listens on ${serving.url}\n`);
    await import('ws').catch(() => err('roomtone: WebSockets are refused, for the ws package is missing: npm i ws\n'));
    return serving;
  } catch (error) {
    const busy = (error as { code?: unknown }).code === 'EADDRINUSE';
    err(
      `roomtone: ${busy ? 'that port is taken; choose another with --port' : (error as Error).message}\nroomtone: see roomtone --help\n`,
    );
    return 2;
  }
}
