// A server of rooms in Redis as a process of its own, to be killed for real. Tests nothing.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRealtimeServer, redis } from '../../src/server.js';

interface Settings {
  readonly url: string;
  readonly prefix: string;
  readonly history: number;
  readonly leaseMs: number;
}

const { url, prefix, history, leaseMs } = JSON.parse(process.argv[2] ?? '{}') as Settings;
const realtime = createRealtimeServer({
  backplane: redis(url, { prefix, history: { size: history }, leaseMs }),
  heartbeatMs: 2_000,
  presenceGraceMs: 300,
  authenticate: ({ token }) => ({ id: token ?? 'nobody' }),
});
process.on('disconnect', () => process.exit());
const http = createServer();
realtime.attach(http);
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
