import { serveWorker, webSocket } from '../../../src/worker.js';

serveWorker({ live: (url: string) => webSocket(url) });

addEventListener('message', ({ data }) => {
  if (data === 'throw') throw new Error('thrown in the worker');
});
