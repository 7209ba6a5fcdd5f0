// The laws of the house (docs/architecture.md), each with its reason. Reads no files.

import { posix } from 'node:path';
import type { Import, Scanned } from './scan.js';
import { GLOBALS, LANES, PACKAGES, STATE } from './tables.js';

export interface Rule {
  readonly name: string;
  readonly why: string;
  /** What is wrong in a file, with its line. */
  readonly faults: (file: Scanned, all: ReadonlyMap<string, Scanned>) => Iterable<Fault>;
}
type Fault = readonly [line: number, what: string];

/** `src/react/borrow.ts` is in `react`, `src/core.ts` in `core.ts`. */
const laneOf = (path: string): string => path.split('/')[1] ?? '';
const isLocal = (each: Import): boolean => each.from.startsWith('.');
const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path.startsWith(`src/${place}`));

function resolve(file: Scanned, each: Import, all: ReadonlyMap<string, Scanned>): string | undefined {
  const path = posix.join(posix.dirname(file.path), each.from);
  return [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')].find((candidate) => all.has(candidate));
}

/** The shortest way from a file to one that is `wanted`, itself included. */
function wayTo(
  start: Scanned,
  all: ReadonlyMap<string, Scanned>,
  wanted: (file: Scanned) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[start.path, undefined]]);
  for (const path of cameFrom.keys()) {
    const file = all.get(path)!;
    if (wanted(file)) {
      const way = [];
      for (let at: string | undefined = path; at; at = cameFrom.get(at)) way.unshift(at);
      return way;
    }
    for (const each of file.imports.filter(isLocal)) {
      const next = resolve(file, each, all);
      if (next && !cameFrom.has(next)) cameFrom.set(next, path);
    }
  }
  return undefined;
}

const namesReact = (file: Scanned): boolean => file.imports.some((each) => /^react(-dom)?($|\/)/.test(each.from));

export const rules: readonly Rule[] = [
  {
    name: 'lanes',
    why: 'imports point one way: base, transport, protocol, connection, client, react, index; nothing but testing imports testing',
    *faults(file, all) {
      const allowed = LANES[laneOf(file.path)];
      if (!allowed) return void (yield [1, `no lane is called ${laneOf(file.path)}`]);
      for (const each of file.imports.filter(isLocal)) {
        const target = resolve(file, each, all);
        if (!each.from.endsWith('.js') || !target) yield [each.line, `${each.from} names no file here (write .js)`];
        else if (!allowed.includes(laneOf(target)) && !allowed.includes(target.slice('src/'.length)))
          yield [each.line, `${laneOf(file.path)} imports ${target}`];
      }
    },
  },
  {
    name: 'the engine names no concrete transport',
    why: 'connection and protocol know the grammar of wires only: types of transport/transport.ts',
    *faults(file, all) {
      if (!within(file.path, ['connection/', 'protocol/'])) return;
      for (const each of file.imports.filter(isLocal)) {
        const target = resolve(file, each, all) ?? '';
        if (!within(target, ['transport/'])) continue;
        if (target !== 'src/transport/transport.ts' || !each.typeOnly) yield [each.line, `imports ${each.from}`];
      }
    },
  },
  {
    name: 'packages',
    why: 'react only in react/, node: and ws only in server/node/, vitest only in testing/, react-dom nowhere',
    *faults(file) {
      for (const each of file.imports.filter((one) => !isLocal(one))) {
        const known = PACKAGES.find(({ is }) => is.test(each.from));
        if (!known) yield [each.line, `imports ${each.from}, which no rule knows`];
        else if (!within(file.path, known.places)) yield [each.line, `imports ${each.from}`];
        else if (known.typesOnly && !each.typeOnly) yield [each.line, `imports more than types from ${each.from}`];
      }
    },
  },
  {
    name: 'globals',
    why: 'the world comes in through base/clock.ts and base/host.ts, wires through the transports',
    *faults(file) {
      for (const { name, line } of file.globals)
        for (const { names, places, why } of GLOBALS)
          if (names.includes(name) && !within(file.path, places)) yield [line, `${name}: ${why}`];
    },
  },
  {
    name: 'process',
    why: 'outside Node there is only process.env.NODE_ENV, written out in full, for bundlers to replace',
    *faults(file) {
      if (within(file.path, ['server/node/'])) return;
      const lines = file.text.split('\n');
      for (const { name, line } of file.globals)
        if (/^process\b/.test(name) && !lines[line - 1]?.includes('process.env.NODE_ENV')) yield [line, name];
    },
  },
  {
    name: 'flushSync',
    why: 'a message is no reason to render synchronously',
    *faults(file) {
      for (const [at, text] of file.text.split('\n').entries())
        if (/\bflushSync\b/.test(text)) yield [at + 1, 'flushSync'];
    },
  },
  {
    name: 'state',
    why: 'a module keeps nothing: two apps, two tests and two requests of a server must not meet in it',
    *faults(file) {
      if (file.path in STATE || file.path === 'src/server/node/cli.ts') return;
      for (const { name, line } of file.state) yield [line, name];
    },
  },
  {
    name: 'cycles',
    why: 'a file can be read after those that it imports',
    *faults(file, all) {
      for (const each of file.imports.filter(isLocal)) {
        const target = all.get(resolve(file, each, all) ?? '');
        const back = target && wayTo(target, all, (reached) => reached === file);
        if (back) yield [each.line, [file.path, ...back].join(' → ')];
      }
    },
  },
  {
    name: 'no react behind core, server, worker and testing',
    why: 'they run where React is not installed',
    *faults(file, all) {
      if (!['src/core.ts', 'src/server.ts', 'src/worker.ts', 'src/testing.ts'].includes(file.path)) return;
      const way = wayTo(file, all, namesReact);
      if (way) yield [1, way.join(' → ')];
    },
  },
  {
    name: "'use client'",
    why: 'React Server Components must know what belongs to the browser, and must not take the rest for it',
    *faults(file) {
      const marked = file.directives.includes('use client');
      const isHook =
        /\/use-[^/]*$/.test(file.path) || file.imports.some((each) => each.from === 'react' && !each.typeOnly);
      const wanted = file.path === 'src/index.ts' || (within(file.path, ['react/']) && isHook);
      if (marked !== wanted) yield [1, wanted ? 'is missing' : 'does not belong here'];
    },
  },
  {
    name: 'opening line',
    why: 'a file opens with one comment line that says what lives there',
    *faults(file) {
      const lines = file.text.split('\n').filter((line) => !line.startsWith('#!') && !/^'use client';?$/.test(line));
      if (!/^\/\/ \S/.test(lines[0] ?? '')) yield [1, `opens with ${JSON.stringify(lines[0])}`];
    },
  },
  {
    name: 'length',
    why: 'a file over 220 lines holds more than one thing',
    *faults(file) {
      const { length } = file.text.trimEnd().split('\n');
      if (length > 220) yield [length, `${length} lines`];
    },
  },
];

/** Everything that a rule finds, as `file:line: what (why)`. */
export function violations(files: readonly Scanned[], { faults, why }: Rule): string[] {
  const all = new Map(files.map((file) => [file.path, file]));
  return files.flatMap((file) =>
    [...faults(file, all)].map(([line, what]) => `${file.path}:${line}: ${what} (${why})`),
  );
}
