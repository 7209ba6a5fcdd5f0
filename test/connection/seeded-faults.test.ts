// Faults made by hand, one at a time: the model walk must notice each of them, or it proves nothing.
// @vitest-environment node

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';
import { createChance } from '../support/seed.js';
import { walk } from './walk.js';

interface Fault {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const faults: readonly Fault[] = [
  {
    what: 'a superseded wire is heard',
    file: 'connection/guard-sink.ts',
    from: 'if (!isCurrent()) return false;',
    to: '',
  },
  {
    what: 'a sign of life is not noted',
    file: 'connection/guard-sink.ts',
    from: 'heard();',
    to: '',
  },
  {
    what: 'a pulse is no sign of life',
    file: 'connection/guard-sink.ts',
    from: '...inTurn,',
    to: '...inTurn, pulse() {},',
  },
  {
    what: 'frames overtake the word that the link is open',
    file: 'connection/guard-sink.ts',
    from: 'if (mailbox.busy) inTurn.frame',
    to: 'if (false) inTurn.frame',
  },
  {
    what: 'a letter of a superseded wire is opened after all',
    file: 'connection/guard-sink.ts',
    from: 'mailbox.post(() => may() && say(...args))',
    to: '{ const was = may(); mailbox.post(() => was && say(...args)); }',
  },
  {
    what: 'a transition begins inside another',
    file: 'base/mailbox.ts',
    from: 'if (busy) return void waiting.push(run);',
    to: '',
  },
  {
    what: 'the old wire is not closed',
    file: 'connection/connection.ts',
    from: 'old?.close(',
    to: 'void (',
  },
  {
    what: 'the alarm is doubled, not moved',
    file: 'base/alarm.ts',
    from: 'cancel?.();',
    to: '',
  },
  {
    what: 'the alarm is not set again after an early ring',
    file: 'connection/connection.ts',
    from: "if (now >= phase.due) post({ type: 'due' });\n    setAlarm();",
    to: "if (now >= phase.due) post({ type: 'due' });",
  },
  {
    what: 'the network is watched for ever',
    file: 'connection/environment.ts',
    from: 'leaveNetwork();',
    to: '',
  },
  {
    what: 'the place is forgotten',
    file: 'connection/connection.ts',
    from: 'cursor: (id) => void (cursor = id || undefined),',
    to: 'cursor: () => {},',
  },
  {
    what: 'what waits is not sent on open',
    file: 'connection/announce.ts',
    from: 'mailbox.post(sender.drain);',
    to: '',
  },
  {
    what: 'what waits is not sent when there is room again',
    file: 'connection/connection.ts',
    from: 'writable: () => sender.drain(),',
    to: 'writable: () => {},',
  },
  {
    what: 'a send overtakes those that wait',
    file: 'connection/sender.ts',
    from: '(volatile || !batch) && (first ? !blocked : outbox.size === 0)',
    to: '!batch',
  },
  {
    what: 'what the wire refused is taken for sent',
    file: 'connection/sender.ts',
    from: 'if (!put(frame, group.length)) {',
    to: 'put(frame, group.length);\n      if (!group.length) {',
  },
  {
    what: 'stop leaves sends unsettled',
    file: 'connection/connection.ts',
    from: "giveUp('nobody held the link any longer')",
    to: 'undefined',
  },
  {
    what: 'an unanswered heartbeat is waited for for ever',
    file: 'connection/phase.ts',
    from: 'if (now < pingAt + heartbeat.timeoutMs) return watching(phase, pingAt);',
    to: 'return watching(phase, now);',
  },
  {
    what: 'a frozen page keeps its wire',
    file: 'connection/phase.ts',
    from: "if (!hasWire && name !== 'waiting') return phase;",
    to: 'return phase;',
  },
];

const sources = resolve(import.meta.dirname, '../../src');

/** The connection as it would be with this one fault in it. */
async function faulty({
  file,
  from,
  to,
}: Fault): Promise<typeof import('../../src/connection/connection.js').createConnection> {
  const path = resolve(sources, file);
  const text = readFileSync(path, 'utf8');
  expect(text.split(from), `"${from}" stands once in ${file}`).toHaveLength(2);
  const outcome = (await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [{ name: 'fault', enforce: 'pre', load: (id) => (id === path ? text.replace(from, to) : null) }],
    build: {
      write: false,
      minify: false,
      lib: { entry: resolve(sources, 'connection/connection.ts'), formats: ['es'] },
    },
  })) as Rolldown.RolldownOutput[];
  const code = outcome[0]!.output[0].code;
  const module = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`
  )) as typeof import('../../src/connection/connection.js');
  return module.createConnection;
}

it.each(faults.map((fault) => [fault.what, fault] as const))('notices that %s', async (_, fault) => {
  const create = await faulty(fault);
  const caught = async (): Promise<string | undefined> => {
    for (let seed = 1; seed <= 60; seed++)
      try {
        await walk(create, createChance(seed), 300);
      } catch (error) {
        return (error as Error).message;
      }
    return undefined;
  };
  expect(await caught(), 'the walk went through').toBeDefined();
});
