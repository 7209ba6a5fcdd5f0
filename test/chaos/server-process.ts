// A server in a process of its own, to be killed and stopped for real. Writes down what it takes before anybody hears of it.

import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRealtimeServer, memory } from '../../src/server.js';
import { ROOM, whatOf } from './what.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as { readonly history: number; readonly heartbeatMs: number };
const rooms = memory({ history: { size: settings.history } });
const realtime = createRealtimeServer({
  backplane: rooms,
  heartbeatMs: settings.heartbeatMs,
  presenceGraceMs: 100,
  retryMs: 10,
});
/** To a file that is open for this alone: it outlives a SIGKILL. */
const note = (line: object): void => void writeSync(3, `${JSON.stringify(line)}\n`);

const { epoch } = rooms.position(ROOM) as { readonly epoch: string };
note({ epoch });
void rooms.subscribe(ROOM, (event) => {
  if (event.kind !== 'message') return;
  const { offset, id, payload } = event.message;
  note({ epoch, offset, id, what: whatOf(JSON.parse(String(payload))) });
});
process.on('message', (data) => void realtime.publish(ROOM, data));
process.on('disconnect', () => process.exit());
const http = createServer();
realtime.attach(http);
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port));
