// Some paths on somebody else's http server. Knows nothing of what is served there.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import { RealtimeError } from '../../base/error.js';
import { putBack } from './put-back.js';

/** Of node:http, node:https or node:http2; the latter carries WebSockets only with `allowHTTP1`. */
export type HttpServer = Server | Http2SecureServer | Http2Server;

export interface Tenant {
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** An emitter without the overloads of each event. */
interface Emitter {
  emit(event: string | symbol, ...values: readonly unknown[]): boolean;
  rawListeners(event: string): readonly unknown[];
  on(event: string, listener: unknown): unknown;
  off(event: string, listener: unknown): unknown;
}

/** Also of an address in full, which servers must take (RFC 9112 §3.2.2). */
export const pathOf = (url: string | undefined): string =>
  (url ?? '').replace(/[?#].*$/s, '').replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '');

export function checkPath(path: string): string {
  if (!/^\/[^?#]*$/.test(path))
    throw new RealtimeError('config', `\`path\` begins with a slash and has no query: '/realtime', not '${path}'.`);
  if (/^[!-~]*$/.test(path)) return path;
  // requests have it so: as it stands it would never match
  const encoded = new URL(`http://host${path}`).pathname;
  throw new RealtimeError('config', `\`path\` is written as it travels: '${encoded}', not '${path}'.`);
}

/** '/hooks/' and '/hooks' are one thing to people, and two to a server. */
export const bare = (path: string): string => path.replace(/\/+$/, '');

/**
 * Throws `config` where a webhook is at another path or under it. Here a request goes by its whole path, but proxies take what is
 * under a path for part of it: where metrics are kept from strangers, a webhook's sender would be kept out as well.
 */
export function checkApart(hooks: Iterable<string>, others: Readonly<Record<string, string | undefined>>): void {
  for (const hook of hooks)
    for (const [what, path] of Object.entries(others)) {
      if (path === undefined) continue;
      const isUnder = bare(path) !== '' && bare(hook).startsWith(`${bare(path)}/`);
      if (isUnder || bare(hook) === bare(path))
        throw new RealtimeError('config', `The webhook '${hook}' is at or under '${path}', which is ${what}.`);
    }
}

/** With nobody else there such a request would hang: Node answers nothing by itself. */
function answerForNobody(this: Emitter, _: IncomingMessage, response: ServerResponse): void {
  if (this.rawListeners('request').some((each) => each !== answerForNobody) || response.headersSent) return;
  response.writeHead(404).end();
}

/** Does nobody listen for upgrades but us? */
const isForNobody = (emitter: Emitter): boolean =>
  emitter.rawListeners('upgrade').every((each) => each === upgradeForNobody);

function upgradeForNobody(this: Emitter, _: IncomingMessage, socket: Duplex): void {
  if (!isForNobody(this) || socket.writableEnded) return;
  socket.on('error', () => {});
  socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

/**
 * Requests and upgrades for `paths` go to the tenant. Those who listened to the server before are not asked, so that
 * nothing is answered twice and nobody hangs up on a handshake that is not theirs; who listens later sees them too.
 * Listeners stay where they are: whoever added one can still remove it. Returns the undo.
 */
export function attachTo(server: HttpServer, paths: ReadonlySet<string>, { handle, upgrade }: Tenant): () => void {
  const emitter = server as unknown as Emitter;
  const { emit } = emitter;
  // Node tells of upgrades only where somebody listens for them
  emitter.on('request', answerForNobody);
  emitter.on('upgrade', upgradeForNobody);
  const earlier = new Set([...emitter.rawListeners('request'), ...emitter.rawListeners('upgrade')]);
  let attached = true;
  const dispatch: Emitter['emit'] = (event, ...values) => {
    if (!attached || (event !== 'request' && event !== 'upgrade')) return emit.call(server, event, ...values);
    const [request, far, head] = values as [IncomingMessage, ServerResponse & Duplex, Buffer];
    const isOurs = paths.has(pathOf(request.url));
    const plain = event === 'upgrade' && !/^websocket$/i.test(request.headers.upgrade ?? '');
    if (plain && (isOurs || isForNobody(emitter))) {
      putBack(emitter, request, far, head);
      return true;
    }
    if (!isOurs) return emit.call(server, event, ...values);
    if (event === 'request') handle(request, far);
    else upgrade(request, far, head);
    for (const each of emitter.rawListeners(event))
      if (!earlier.has(each)) Reflect.apply(each as () => void, server, values);
    return true;
  };
  emitter.emit = dispatch;
  return () => {
    if (!attached) return;
    attached = false;
    // whoever attached after us still passes through here
    if (emitter.emit === dispatch) emitter.emit = emit;
    emitter.off('request', answerForNobody);
    emitter.off('upgrade', upgradeForNobody);
  };
}
