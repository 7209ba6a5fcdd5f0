// A lab: one reader's own bad network in front of the shared server. Bounded in number, and forgotten when unused.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Weather } from './lane.js';
import { type Behind, type Passage, passRequest, passUpgrade } from './passage.js';
import type { PayWish, Provider } from './provider.js';
import type { TokenAnswer, Tokens, TokenWish } from './tokens.js';

/** How a reader came in; what each way costs is counted apart. */
export type Way = 'websocket' | 'sse' | 'long-poll' | 'poll' | 'post';

interface Tally {
  requests: number;
  bytesUp: number;
  bytesDown: number;
}

/** What `GET /lab/<id>` and `POST /lab/<id>/control` answer. */
export interface LabReport {
  readonly delayMs: number;
  readonly frozen: boolean;
  readonly refusing: boolean;
  /** Ways on which nobody gets through. */
  readonly blocked: readonly Way[];
  /** The token service gives out none. */
  readonly tokenless: boolean;
  /** Connections that are open now. */
  readonly open: number;
  /** How many numbered messages the lab's stream has published. */
  readonly published: number;
  /** The server's clock, so that a reader can tell its own from it. */
  readonly now: number;
  readonly ways: Readonly<Record<Way, Readonly<Tally>>>;
}

/** What `POST /lab/<id>/control` takes. */
export interface LabOrder {
  /** Breaks every connection, now. */
  readonly cut?: boolean;
  readonly delayMs?: number;
  readonly frozen?: boolean;
  /** Breaks every connection, and lets nobody in: true, false, or for so many ms. */
  readonly refuse?: boolean | number;
  /** Breaks what is open on these ways, and lets nobody in there; all others are free. */
  readonly blocked?: readonly Way[];
  /** The token service says no. */
  readonly tokenless?: boolean;
  /** No token holds any more, and who is connected is told so. */
  readonly expire?: boolean;
  /** Numbered messages per second into the room `stream-<id>`. */
  readonly perSecond?: number;
}

interface Lab {
  readonly id: string;
  readonly weather: Weather;
  readonly passages: Map<Passage, Way>;
  refusing: boolean;
  blocked: readonly Way[];
  tokenless: boolean;
  refuseTimer?: NodeJS.Timeout | undefined;
  streamTimer?: NodeJS.Timeout | undefined;
  published: number;
  usedAt: number;
  readonly ways: Record<Way, Tally>;
}

export interface Labs {
  /** Answers `/lab/…`; false: not ours. */
  request(req: IncomingMessage, res: ServerResponse): boolean;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): void;
}

const MAX_LABS = 64;
const UNUSED_MS = 10 * 60_000;
/** A stream without readers rests. */
const QUIET_MS = 15_000;
const MAX_PER_SECOND = 100;
const MAX_WAYS = 5;
const UNAUTHORIZED = 4401;

const noTallies = (): Record<Way, Tally> => {
  const none = (): Tally => ({ requests: 0, bytesUp: 0, bytesDown: 0 });
  return { websocket: none(), sse: none(), 'long-poll': none(), poll: none(), post: none() };
};

const within = (value: unknown, most: number): number => Math.min(Math.max(Number(value) || 0, 0), most);

export function createLabs(
  behind: () => Behind,
  publish: (room: string, data: unknown) => void,
  tokens: Tokens,
  provider: Provider,
): Labs {
  const labs = new Map<string, Lab>();

  const forget = (lab: Lab): void => {
    labs.delete(lab.id);
    clearTimeout(lab.refuseTimer);
    clearInterval(lab.streamTimer);
    cut(lab);
  };
  const cut = (lab: Lab): void => {
    for (const passage of [...lab.passages.keys()]) passage.cut();
  };
  const enter = (id: string): Lab => {
    const now = Date.now();
    for (const each of [...labs.values()]) if (each.passages.size === 0 && now - each.usedAt > UNUSED_MS) forget(each);
    const lab = labs.get(id) ?? {
      id,
      weather: { delayMs: 0, frozen: false },
      passages: new Map(),
      refusing: false,
      blocked: [],
      tokenless: false,
      published: 0,
      usedAt: now,
      ways: noTallies(),
    };
    // the order of the map is the order of use: the first is the one to go
    labs.delete(id);
    labs.set(id, lab);
    lab.usedAt = now;
    const [oldest] = labs.values();
    if (labs.size > MAX_LABS && oldest) forget(oldest);
    return lab;
  };

  const track = (lab: Lab, way: Way, open: (over: (passage: Passage) => void) => Passage): void => {
    lab.ways[way].requests += 1;
    const { ways } = lab;
    const passage = open((each) => {
      lab.passages.delete(each);
      const { bytesUp, bytesDown } = each.traffic();
      ways[way].bytesUp += bytesUp;
      ways[way].bytesDown += bytesDown;
    });
    lab.passages.set(passage, way);
  };

  const stream = (lab: Lab, perSecond: number): void => {
    clearInterval(lab.streamTimer);
    lab.streamTimer = undefined;
    if (perSecond === 0) return;
    lab.streamTimer = setInterval(() => {
      if (lab.passages.size > 0) lab.usedAt = Date.now();
      else if (Date.now() - lab.usedAt > QUIET_MS) return;
      publish(`stream-${lab.id}`, { n: ++lab.published, at: Date.now() });
    }, 1_000 / perSecond).unref();
  };

  const refuse = (lab: Lab, wish: boolean | number): void => {
    clearTimeout(lab.refuseTimer);
    lab.refusing = wish !== false;
    if (lab.refusing) cut(lab);
    if (typeof wish === 'number')
      lab.refuseTimer = setTimeout(() => (lab.refusing = false), within(wish, 60_000)).unref();
  };

  const block = (lab: Lab, ways: readonly Way[]): void => {
    lab.blocked = ways;
    for (const [passage, way] of [...lab.passages]) if (ways.includes(way)) passage.cut();
  };

  const expire = (lab: Lab): void => {
    tokens.revoke(lab.id);
    for (const passage of [...lab.passages.keys()]) passage.end(UNAUTHORIZED, 'the credentials have expired');
  };

  const giveToken = (lab: Lab, wish: TokenWish): TokenAnswer =>
    lab.tokenless ? { refused: 'the token service says no: this account is locked' } : tokens.issue(lab.id, wish);

  const obey = (lab: Lab, order: LabOrder): void => {
    if (order.delayMs !== undefined) lab.weather.delayMs = within(order.delayMs, 10_000);
    if (order.frozen !== undefined) lab.weather.frozen = order.frozen;
    if (order.refuse !== undefined) refuse(lab, order.refuse);
    if (order.perSecond !== undefined) stream(lab, within(order.perSecond, MAX_PER_SECOND));
    if (order.blocked !== undefined) block(lab, [order.blocked].flat().slice(0, MAX_WAYS));
    if (order.tokenless !== undefined) lab.tokenless = order.tokenless;
    if (order.expire) expire(lab);
    if (order.cut) cut(lab);
    for (const passage of [...lab.passages.keys()]) passage.wake();
  };

  const report = (lab: Lab): LabReport => {
    const ways = noTallies();
    for (const way of Object.keys(ways) as Way[]) ways[way] = { ...lab.ways[way] };
    for (const [passage, way] of lab.passages) {
      const { bytesUp, bytesDown } = passage.traffic();
      ways[way].bytesUp += bytesUp;
      ways[way].bytesDown += bytesDown;
    }
    const { weather, refusing, blocked, tokenless, published, passages } = lab;
    return { ...weather, refusing, blocked, tokenless, open: passages.size, published, now: Date.now(), ways };
  };

  const answer = (res: ServerResponse, status: number, body: unknown): void => {
    res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    res.end(JSON.stringify(body));
  };

  return {
    request(req, res) {
      const place = placeOf(req.url);
      if (!place) return false;
      const lab = enter(place.id);
      if (place.rest === '') answer(res, 200, report(lab));
      else if (place.rest === 'control' && req.method === 'POST')
        void readJson(req).then(
          (order) => {
            obey(lab, order as LabOrder);
            answer(res, 200, report(lab));
          },
          (error: Error) => answer(res, 400, { error: error.message }),
        );
      else if (place.rest === 'token' && req.method === 'POST')
        void readJson(req).then(
          (wish) => answer(res, 200, giveToken(lab, wish as TokenWish)),
          (error: Error) => answer(res, 400, { error: error.message }),
        );
      else if (place.rest === 'pay' && req.method === 'POST')
        void readJson(req)
          .then((wish) => provider.pay(wish as PayWish, behind()))
          .then(
            (told) => answer(res, 200, told),
            (error: Error) => answer(res, 400, { error: error.message }),
          );
      else if (place.rest !== 'realtime') answer(res, 404, { error: 'no such place in the lab' });
      else if (lab.refusing && !lab.weather.frozen)
        answer(res, 503, { error: 'the lab refuses everybody at the moment' });
      else if (lab.blocked.includes(wayOf(req, place.query)))
        answer(res, 502, { error: 'the lab lets nobody through on this way' });
      else
        track(lab, wayOf(req, place.query), (over) =>
          passRequest(req, res, `/realtime${place.query}`, behind(), lab.weather, over),
        );
      return true;
    },
    upgrade(req, socket, head) {
      const place = placeOf(req.url);
      if (place?.rest !== 'realtime') return false;
      const lab = enter(place.id);
      if (lab.refusing && !lab.weather.frozen)
        socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      else if (lab.blocked.includes('websocket'))
        socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      else
        track(lab, 'websocket', (over) =>
          passUpgrade(req, socket, head, `/realtime${place.query}`, behind(), lab.weather, over),
        );
      return true;
    },
    close: () => labs.forEach(forget),
  };
}

/** `/lab/<id>`, `/lab/<id>/control`, `/lab/<id>/token`, `/lab/<id>/pay`, `/lab/<id>/realtime?…` */
function placeOf(url = ''): { readonly id: string; readonly rest: string; readonly query: string } | undefined {
  const [, id, rest = '', query = ''] = /^\/lab\/([a-z0-9]{4,32})(?:\/([a-z]+))?(\?.*)?$/.exec(url) ?? [];
  return id ? { id, rest, query } : undefined;
}

function wayOf({ method, headers }: IncomingMessage, query: string): Way {
  if (method === 'POST') return 'post';
  if (headers.accept?.includes('text/event-stream')) return 'sse';
  return Number(new URLSearchParams(query).get('wait')) > 0 ? 'long-poll' : 'poll';
}

const ORDER_BYTES_LIMIT = 4_096;

async function readJson(req: IncomingMessage): Promise<object> {
  let text = '';
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > ORDER_BYTES_LIMIT) throw new Error('the order is too long');
  }
  const order = JSON.parse(text) as unknown;
  if (typeof order !== 'object' || order === null) throw new Error('an order is a JSON object');
  return order;
}
