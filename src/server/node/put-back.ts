// An upgrade that nobody takes, made a plain request again. Knows no paths.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const WISH = /^\s*(upgrade|http2-settings)\s*$/i;

/**
 * Puts a request back to where it came from, without its wish, to be read again. Node serves upgrades as plain requests
 * where nobody listens for them, with their bodies and what follows on the connection: clients that would rather speak
 * HTTP/2 in clear text (h2c) rely on it, and with us listening they must still be served.
 */
export function putBack(
  server: { emit(event: string, socket: Duplex): unknown },
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex & { readonly encrypted?: boolean },
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', all = ''] = rawHeaders.slice(i, i + 2);
    if (WISH.test(name)) continue;
    const value =
      name.toLowerCase() === 'connection'
        ? all
            .split(',')
            .filter((each) => !WISH.test(each))
            .join(',')
        : all;
    if (value !== '' || all === '') lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit(socket.encrypted ? 'secureConnection' : 'connection', socket);
}
