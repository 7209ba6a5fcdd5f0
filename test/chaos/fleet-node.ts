// One server of a fleet as a process of its own: rooms in Redis, on a port that stays. SIGTERM stops it as docs/scaling.md does. Tests nothing.

import { createServer } from 'node:http';
import { createRealtimeServer, redis } from '../../src/server.js';
import type { NodeSettings } from './fleet-words.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as NodeSettings;
const { prefix, history, leaseMs } = settings;
const backplane = redis(settings.redis, { prefix, history: { size: history }, leaseMs });
const realtime = createRealtimeServer({
  backplane,
  heartbeatMs: 5_000,
  presenceGraceMs: 1_000,
  authenticate: ({ token }) => ({ id: token ?? 'nobody' }),
});
const http = createServer();
realtime.attach(http);
const leave = (): void => void process.exit(); // nobody is there who could end it
process.on('disconnect', leave);
process.once('SIGTERM', async () => {
  http.close();
  await realtime.close();
  http.closeIdleConnections(); // those that a proxy keeps
  await backplane.close();
  process.off('disconnect', leave);
  process.disconnect?.(); // now nothing should hold it
});
http.listen(settings.port, '127.0.0.1', () => process.send?.('listening'));
