// The playground's back end, inside whichever dev server loads this plugin: Storybook's, or Vitest's browser server.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Plugin, ViteDevServer } from 'vite';
import { createRealtimeServer } from '../src/server.js';
import { createHouse } from './playground/house.js';
import { createLabs } from './playground/lab.js';
import { createProvider } from './playground/provider.js';
import { createMetrics, createNews, createTicker } from './playground/streams.js';
import { createTokens } from './playground/tokens.js';

const PATH = '/realtime';
const METRICS_EVERY_MS = 250;
const TICKER_EVERY_MS = 400;
const NEWS_EVERY_MS = 7_000;
const HISTORY_SIZE = 500;

const isOurs = ({ url = '' }: IncomingMessage): boolean => url.split('?', 1)[0] === PATH;

/**
 * Vitest's browser server owns an http server; Storybook runs Vite as a middleware and lends its own server as
 * `server.hmr.server`; a bare middleware (Vitest's config server) has neither, and gets no back end.
 */
function httpServerOf({ httpServer, config }: ViteDevServer): Server | undefined {
  const { hmr } = config.server;
  return (httpServer ?? (typeof hmr === 'object' ? hmr.server : undefined) ?? undefined) as Server | undefined;
}

type Answer = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/** One per http server: Vite may restart within the same one, and listeners must not answer twice. */
const running = new WeakMap<Server, Answer>();

export function playgroundServer(): Plugin {
  return {
    name: 'playground-server',
    apply: 'serve',
    configureServer(vite) {
      const http = httpServerOf(vite);
      if (!http) return;
      const answer = running.get(http) ?? start(http);
      running.set(http, answer);
      vite.middlewares.use(answer);
    },
  };
}

function start(http: Server): Answer {
  const tokens = createTokens();
  const provider = createProvider();
  const realtime = createRealtimeServer({ ...createHouse(tokens), webhooks: provider.webhooks, retryMs: 300 });
  const publish = (room: string, data: unknown): void => void realtime.publish(room, data);

  // the labs stand in front of the same server, at a door of their own that only this machine can reach
  const door = createServer();
  realtime.attach(door, { path: PATH });
  door.listen(0, '127.0.0.1').unref();
  const behind = { host: '127.0.0.1', port: 0 };
  door.once('listening', () => (behind.port = (door.address() as AddressInfo).port));
  const labs = createLabs(() => behind, publish, tokens, provider);

  // every other upgrade is Vite's or Storybook's own, and left alone
  http.on('upgrade', (req, socket, head) => {
    if (isOurs(req)) realtime.upgrade(req, socket, head);
    else labs.upgrade(req, socket, head);
  });
  // Storybook compresses whatever passes, and would hold a stream back until a block is full
  http.prependListener('request', (req: IncomingMessage) => {
    if (isOurs(req) || req.url?.startsWith('/lab/')) delete req.headers['accept-encoding'];
  });
  const stop = publishDemos(publish);
  http.once('close', () => {
    stop();
    labs.close();
    door.close();
    void realtime.close();
  });
  return (req, res, next) => {
    if (isOurs(req)) realtime.handle(req, res);
    else if (!labs.request(req, res)) next();
  };
}

/** Small and steady, and with a past: who opens a dashboard sees a dashboard. */
function publishDemos(publish: (room: string, data: unknown) => void): () => void {
  const quote = createTicker();
  const news = createNews();
  const now = Date.now();
  const metrics = createMetrics(now - HISTORY_SIZE * METRICS_EVERY_MS);
  for (let i = HISTORY_SIZE; i > 0; i--) publish('metrics', metrics(now - i * METRICS_EVERY_MS));
  for (let i = HISTORY_SIZE; i > 0; i--) publish('ticker', quote(now - i * TICKER_EVERY_MS));
  for (let i = 3; i > 0; i--) publish('notifications', news(now - i * NEWS_EVERY_MS));
  const timers = [
    setInterval(() => publish('metrics', metrics(Date.now())), METRICS_EVERY_MS),
    setInterval(() => publish('ticker', quote(Date.now())), TICKER_EVERY_MS),
    setInterval(() => publish('notifications', news(Date.now())), NEWS_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  return () => timers.forEach((timer) => clearInterval(timer));
}
