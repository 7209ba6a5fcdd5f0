// Carries one connection from a reader to the server behind, through two lanes. Decides nothing about the weather.

import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createLane, type Weather } from './lane.js';

/** Where the server behind listens. */
export interface Behind {
  readonly host: string;
  readonly port: number;
}

/** What really went over the wire, headers included. */
export interface Traffic {
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export interface Passage {
  traffic(): Traffic;
  wake(): void;
  /** Breaks it at once, both ends, without a word. */
  cut(): void;
  /** Ends it as the server would: a WebSocket hears a code and a reason. What has no such word is cut. */
  end(code: number, reason: string): void;
}

/** Headers that hold for one hop only. */
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** A request with its answer, however long the answer goes on. `over` is called once. */
export function passRequest(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  behind: Behind,
  weather: Readonly<Weather>,
  over: (passage: Passage) => void,
): Passage {
  const up = createLane(weather, () => passage.cut());
  const down = createLane(weather, () => passage.cut());
  const upstream = request({
    ...behind,
    path,
    method: req.method,
    agent: false,
    headers: { ...req.headers, connection: 'close' },
  });
  let ended = false;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    up.close();
    down.close();
    over(passage);
  };
  const passage: Passage = {
    traffic: () => ({ bytesUp: upstream.socket?.bytesWritten ?? 0, bytesDown: upstream.socket?.bytesRead ?? 0 }),
    wake() {
      up.wake();
      down.wake();
    },
    cut() {
      upstream.destroy();
      req.socket.destroy();
      finish();
    },
    end: () => passage.cut(),
  };

  req.on('data', (chunk: Buffer) => up.push(chunk.length, () => upstream.write(chunk)));
  req.on('end', () => up.push(0, () => upstream.end()));
  // a reader who leaves is noticed behind as late as everything else
  res.on('close', () => {
    if (res.writableFinished) finish();
    else
      up.push(0, () => {
        upstream.destroy();
        finish();
      });
  });
  upstream.on('error', () => passage.cut());
  upstream.on('response', (answer) => {
    const headers = Object.entries(answer.headers).filter(([name]) => !HOP.has(name));
    down.push(0, () => {
      res.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
      res.flushHeaders();
    });
    answer.on('data', (chunk: Buffer) => down.push(chunk.length, () => res.write(chunk)));
    answer.on('end', () => down.push(0, () => res.end()));
    answer.on('error', () => passage.cut());
  });
  return passage;
}

/** A connection that was upgraded: bytes both ways. `over` is called once. */
export function passUpgrade(
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  path: string,
  behind: Behind,
  weather: Readonly<Weather>,
  over: (passage: Passage) => void,
): Passage {
  const up = createLane(weather, () => passage.cut());
  const down = createLane(weather, () => passage.cut());
  const upstream = connect(behind);
  let ended = false;
  const finish = (): void => {
    upstream.destroy();
    if (ended) return;
    ended = true;
    up.close();
    down.close();
    over(passage);
  };
  const passage: Passage = {
    traffic: () => ({ bytesUp: upstream.bytesWritten, bytesDown: upstream.bytesRead }),
    wake() {
      up.wake();
      down.wake();
    },
    cut() {
      socket.destroy();
      finish();
    },
    end(code, reason) {
      finish();
      socket.end(closeFrame(code, reason));
    },
  };

  const lines = [`${req.method} ${path} HTTP/1.1`];
  for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
  const opening = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]);
  up.push(opening.length, () => upstream.write(opening));
  socket.on('data', (chunk: Buffer) => up.push(chunk.length, () => upstream.write(chunk)));
  upstream.on('data', (chunk) => down.push(chunk.length, () => socket.write(chunk)));
  // an end travels like everything else: behind what was sent before it, and not through a frozen network
  socket.on('close', () => up.push(0, () => passage.cut()));
  upstream.on('close', () => down.push(0, () => passage.cut()));
  socket.on('error', () => {});
  upstream.on('error', () => {});
  return passage;
}

/** A close frame as a server sends it, unmasked. */
function closeFrame(code: number, reason: string): Buffer {
  const words = Buffer.from(reason).subarray(0, 123);
  return Buffer.from([0x88, words.length + 2, code >> 8, code & 0xff, ...words]);
}
