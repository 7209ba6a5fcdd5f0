// @vitest-environment node
// What a link keeps for those who come late: what those who are there want, whoever comes and goes, however late it is put in order.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createLink, type Link, type LinkOptions } from '../../src/feed/link.js';
import { append, emptyHistory } from '../../src/model/history.js';
import type { Message } from '../../src/protocol/plain.js';
import { createManualHost } from '../../src/testing/manual-host.js';
import { createScriptedTransport } from '../../src/testing/scripted-transport.js';
import { overSeeds } from '../support/seed.js';

interface World {
  readonly link: Link;
  say(n: number): void;
}

function createWorld(first: LinkOptions): World {
  const far = createScriptedTransport();
  const link = createLink(
    createManualHost(),
    () => far,
    () => first,
  );
  link.connection.connect();
  far.last.accept();
  return { link, say: (n) => far.last.frame(String(n)) };
}

test('a random walk, against a link that puts each message in order at once', () => {
  overSeeds(100, ({ below, pick }) => {
    const { link, say } = createWorld({ history: 7 });
    const members: { readonly history: number; readonly leave: () => void }[] = [];
    let lingering = 7; // the last one's, where nobody is there
    let expected = emptyHistory<Message>();
    link.connection.events.on((message) => {
      const limit = members.length > 0 ? Math.max(...members.map(({ history }) => history)) : lingering;
      expected = append(expected, [message], limit);
    });
    for (let n = 0; n < 400; n++) {
      const act = below(40);
      if (act === 0) {
        const history = pick([0, 1, 5, 100, Infinity]);
        members.push({ history, leave: link.join(() => ({ history })) });
      } else if (act === 1 && members.length > 0) {
        const [gone] = members.splice(below(members.length), 1);
        gone?.leave();
        lingering = gone?.history ?? lingering;
      } else if (act === 2) {
        expect([link.recent.count, link.recent.items]).toEqual([expected.count, expected.items]);
      } else say(n);
    }
    expect([link.recent.count, link.recent.items]).toEqual([expected.count, expected.items]);
  });
});

test('history 0 keeps no message, not even until there are several', async () => {
  const { link, say } = createWorld({ history: 0 });
  const refs: WeakRef<Message>[] = [];
  link.connection.events.on((message) => void refs.push(new WeakRef(message)));
  for (let n = 0; n < 10; n++) say(n);
  await new Promise((resolve) => void setImmediate(resolve)); // a WeakRef holds its message until the end of the job
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  // the engine itself may still hold the last one
  expect(refs.slice(0, -1).filter((ref) => ref.deref())).toEqual([]);
  expect(link.recent.count).toBe(10);
});
