// A worker's file as an app writes it: a WebSocket to where the page says.

import { serveWorker, webSocket } from 'roomtone/worker';

serveWorker({ live: (url) => webSocket(url) });
