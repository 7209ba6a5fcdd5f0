// The process of one server: tells what it costs, and publishes when it is asked to. Run with --expose-gc.

import { setImmediate, setTimeout } from 'node:timers/promises';
import { now, serve } from './process.mjs';

let server;
const TEXT = 'A message as people write them: a line or two of text, and a little of what belongs to it.';

/** Runs `work`, and counts who makes JSON of what meanwhile. */
async function counted(work) {
  const { stringify } = JSON;
  const calls = { all: 0, ofData: 0 };
  JSON.stringify = (...args) => {
    const text = stringify(...args);
    calls.all++;
    if (text?.includes('"no":')) calls.ofData++;
    return text;
  };
  await work();
  JSON.stringify = stringify;
  return calls;
}

async function publish({ room, from, n, per }) {
  for (let no = from; no < from + n; no++) {
    server.publish(room, { no, text: TEXT });
    if (no % per === per - 1) await setImmediate();
  }
}

serve({
  async open({ kind, redis }) {
    const { open } = await import(`./servers/${kind}.mjs`);
    server = await open({ redis });
    return server.port;
  },
  /** What is left when what can go is gone, in bytes. */
  async memory() {
    for (let turn = 0; turn < 4; turn++) {
      globalThis.gc();
      await setTimeout(150);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
  /** CPU time until now, in milliseconds. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  /** Numbers the messages on from `from`; `per` of them in each turn of the event loop. Answers when it began. */
  async publish(params) {
    const startedAt = now();
    await publish(params);
    return startedAt;
  },
  /** Publishes, and says how often JSON was made of anything, and of a message. */
  count: (params) =>
    counted(async () => {
      await publish(params);
      await setTimeout(300); // what a backplane brings back is told later
    }),
});
