// The four ways of docs/protocol.md, each as a peer that says frames and keeps what it hears. Tests nothing.

import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import { createEar, createSessionName, overSocket, type RoomsPeer } from './rooms-peer.js';
import { ask, listenTo, type Started } from './support.js';

const json = { 'content-type': 'application/json' };

/** The way up that all ways over HTTP share. */
function poster(url: string): Pick<RoomsPeer, 'raw' | 'say'> {
  const raw = async (frame: string): Promise<void> => {
    const { status } = await ask(url, { method: 'POST', headers: json }, frame);
    if (status !== 202) throw new Error(`POST was answered with ${status}`);
  };
  return { raw, say: (...events) => raw(JSON.stringify(events)) };
}

async function overStream({ at }: Pick<Started, 'at'>): Promise<RoomsPeer> {
  const url = at(`session=${createSessionName()}`);
  const { hear, ...ear } = createEar();
  const up = poster(url);
  const { response, ended } = await listenTo(url);
  let rest = '';
  response.on('data', (piece: string) => {
    rest += piece;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) if (block.startsWith('data: ')) hear(block.slice(6));
  });
  const peer: RoomsPeer = {
    ...ear,
    ...up,
    async settled() {
      await up.say({ t: 'ping' });
      await ear.next('pong');
    },
    closed: ended.then(() => codeOf(ear.heard)),
    leave: () => void up.say({ t: 'bye' }).catch(() => {}),
    cut: () => void response.destroy(),
  };
  return peer;
}

const codeOf = (heard: RoomsPeer['heard']): number => {
  const last = heard.at(-1);
  return last?.t === 'close' ? last.code : 1006;
};

async function overPolls({ at }: Pick<Started, 'at'>, wait: number | undefined): Promise<RoomsPeer> {
  const name = createSessionName();
  const url = at(`session=${name}`);
  const { hear, ...ear } = createEar();
  const up = poster(url);
  let stopped = false;
  let stop = (): void => {};
  const poll = (cursor: string | undefined): Promise<string | undefined> =>
    new Promise((resolve) => {
      const query = `${url}${wait === undefined ? '' : `&wait=${wait}`}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const sent = httpRequest(query, { agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        response.on('error', () => resolve(undefined));
        response.on('end', () => {
          if (response.statusCode === 200) hear(body);
          const next = response.headers['roomtone-cursor'];
          resolve(typeof next === 'string' ? next : undefined);
        });
      });
      sent.on('error', () => resolve(undefined)).end();
      stop = () => void sent.destroy();
    });
  const first = await poll(undefined);
  const done = (async () => {
    for (let cursor = first; cursor !== undefined && !stopped;) {
      cursor = await poll(cursor);
      if (ear.heard.at(-1)?.t === 'close') break;
      if (wait === undefined) await new Promise((next) => setImmediate(next));
    }
    return codeOf(ear.heard);
  })();
  const cut = (): void => {
    stopped = true;
    stop();
  };
  onTestFinished(cut);
  return {
    ...ear,
    ...up,
    async settled() {
      await up.say({ t: 'ping' });
      await ear.next('pong');
    },
    closed: done,
    leave: () => void up.say({ t: 'bye' }).catch(() => {}),
    cut,
  };
}

export interface Way {
  readonly way: string;
  readonly open: (server: Pick<Started, 'at'>) => Promise<RoomsPeer>;
}

export const ways: readonly Way[] = [
  { way: 'WebSocket', open: overSocket },
  { way: 'SSE and POST', open: overStream },
  { way: 'long poll and POST', open: (server) => overPolls(server, 25) },
  { way: 'poll and POST', open: (server) => overPolls(server, undefined) },
];
