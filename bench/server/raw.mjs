// A WebSocket client that does as little as it can, and the same for every server: readers must not be what is measured.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** A frame to a server. Its mask is zero: clients must have one, and this one costs neither end anything. */
export function frameOf(text, opcode = 1) {
  const data = Buffer.from(text);
  const wide = data.length > 125;
  const head = Buffer.alloc(wide ? 8 : 6);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (wide ? 126 : data.length);
  if (wide) head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** As a browser asks: what servers keep of it is part of what they cost. */
const request = (port, path) =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    `Origin: http://127.0.0.1:${port}`,
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n');

/**
 * `from`: the address that it comes from. `onText` is given the bytes of a frame; `onClose` the code, or the status of a
 * handshake that was refused, if there is one.
 */
export function openRaw({ port, path, from, onOpen, onText, onClose }) {
  const socket = connect({ port, host: '127.0.0.1', ...(from ? { localAddress: from } : {}) });
  let rest;
  let isOpen = false;
  let code;
  socket.setNoDelay(true);
  socket.on('connect', () => socket.write(request(port, path)));
  socket.on('error', () => {});
  socket.on('close', () => onClose?.(code));

  /** Where the frame at `at` begins and ends; undefined: it is not all there. */
  const bounds = (data, at) => {
    if (data.length < at + 2) return undefined;
    const size = data[at + 1] & 127;
    const start = at + (size < 126 ? 2 : size === 126 ? 4 : 10);
    if (data.length < start) return undefined;
    const length = size < 126 ? size : size === 126 ? data.readUInt16BE(at + 2) : data.readUIntBE(at + 4, 6);
    return data.length < start + length ? undefined : [start, start + length];
  };
  socket.on('data', (chunk) => {
    const data = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    if (!isOpen) {
      const head = data.indexOf('\r\n\r\n');
      if (head < 0) return void (rest = data);
      const status = Number(data.toString('latin1', 9, 12));
      if (status !== 101) {
        code = status;
        return socket.destroy();
      }
      isOpen = true;
      at = head + 4;
      onOpen?.();
    }
    for (let found = bounds(data, at); found; found = bounds(data, at)) {
      const [start, end] = found;
      const opcode = data[at] & 15;
      at = end;
      if (opcode === 1) onText(data.subarray(start, end));
      else if (opcode === 9) socket.write(frameOf(data.subarray(start, end), 10));
      else if (opcode === 8) code = end - start >= 2 ? data.readUInt16BE(start) : undefined;
    }
    if (at < data.length) rest = data.subarray(at);
  });
  return { say: (text) => socket.write(frameOf(text)), socket };
}
