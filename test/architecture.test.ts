// @vitest-environment node
// Every import and global in src, against the laws of the house; and the checker against code that breaks them.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rules, violations } from './architecture/rules.js';
import { scan } from './architecture/scan.js';

function sources(): ReadonlyMap<string, string> {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).map(
    (path) => `src/${path.replaceAll('\\', '/')}`,
  );
  return new Map(paths.filter((path) => /\.tsx?$/.test(path)).map((path) => [path, readFileSync(path, 'utf8')]));
}

describe('src', () => {
  const files = scan(sources());

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    expect(violations(files, rule)).toEqual([]);
  });
});

/** What the checker says of files, as `rule file:line`. Files without a text need none. */
function caught(files: Readonly<Record<string, string>>): string[] {
  const opened = Object.entries(files).map(([path, text]) => [path, `// A file.\n${text}`] as const);
  const scanned = scan(new Map(opened));
  return rules.flatMap((rule) => violations(scanned, rule).map((each) => `${rule.name} ${each.split(': ')[0]}`));
}

describe('the checker catches', () => {
  test.each([
    ['an import against the direction', 'lanes', `import { a } from '../client/a.js';`],
    ['a type against the direction', 'lanes', `import type { A } from '../client/a.js';`],
    ['a re-export against the direction', 'lanes', `export * from '../client/a.js';`],
    ['a type written as import()', 'lanes', `export type A = import('../client/a.js').A;`],
    ['a dynamic import against the direction', 'lanes', `export const load = () => import('../client/a.js');`],
    ['an import of the doubles', 'lanes', `import { b } from '../testing/b.js';`],
    ['an import that does not say .js', 'lanes', `import { c } from './c';`],
    ['a package that no rule knows', 'packages', `import lodash from 'lodash';`],
    ['react outside react/', 'packages', `import type { ReactNode } from 'react';`],
    ['react-dom', 'packages', `import { createPortal } from 'react-dom';`],
    ['node: outside server/node', 'packages', `import { createServer } from 'node:http';`],
    ['ws outside server/node', 'packages', `export const load = () => import('ws');`],
    ['a value of a types-only package', 'packages', `import { a } from '@standard-schema/spec';`],
    ['a timer', 'globals', `export const f = () => setTimeout(g, 1);\nfunction g() {}`],
    ['the time', 'globals', `export const f = () => Date.now();`],
    ['a new Date', 'globals', `export const f = () => new Date();`],
    ['chance', 'globals', `export const f = () => Math.random();`],
    ['chance handed on', 'globals', `export const f = (random = Math.random) => random();`],
    ['chance taken apart', 'globals', `const { random } = Math;\nexport const f = () => random();`],
    ['chance by another name', 'globals', `const m = Math;\nexport const f = () => m.random();`],
    ['a timer behind globalThis', 'globals', `export const f = () => globalThis.setTimeout(f, 1);`],
    ['a timer behind a cast', 'globals', `export const f = () => (globalThis as any).setInterval(f, 1);`],
    ['a timer behind a string', 'globals', `export const f = () => globalThis['setTimeout'](f, 1);`],
    [
      'a timer taken apart',
      'globals',
      `const { setTimeout: later } = globalThis;\nexport const f = () => later(f, 1);`,
    ],
    ['the world by another name', 'globals', `const g = globalThis;\nexport const f = () => g.setTimeout(f, 1);`],
    ['a question about the page', 'globals', `export const f = () => typeof document === 'object';`],
    ['a shorthand property', 'globals', `export const f = () => ({ navigator });`],
    ['a deadline that is a timer', 'globals', `export const f = () => AbortSignal.timeout(1);`],
    ['a wire', 'globals', `export const f = () => new WebSocket('ws://x');`],
    ['the console', 'globals', `export const f = () => console.log(1);`],
    ['the environment of Node', 'process', `export const f = () => process.env.DEBUG;`],
    ['a synchronous render', 'flushSync', `export const f = (dom: any) => dom.flushSync(f);`],
    ['a let', 'state', `let n = 0;\nexport const f = () => n++;`],
    ['a map', 'state', `const seen = new Map<string, number>();\nexport const f = () => seen;`],
    ['a cast set', 'state', `const seen = new Set() as Set<string>;\nexport const f = () => seen;`],
    ['a thing with a life', 'state', `const pool = createPool();\nfunction createPool() {}\nexport { pool };`],
    ["'use client' where no hook is", "'use client'", `'use client';\nexport const f = 1;`],
    ['a long file', 'length', 'export {};\n'.repeat(220)],
  ])('%s', (_what, rule, text) => {
    const around = { 'src/client/a.ts': 'export {};', 'src/testing/b.ts': 'export {};', 'src/base/c.ts': 'export {};' };
    expect(caught({ ...around, 'src/base/bad.ts': text }).map((each) => each.replace(/:\d+$/, ''))).toContain(
      `${rule} src/base/bad.ts`,
    );
  });

  test('the line, and the reason with it', () => {
    const files = scan(new Map([['src/base/bad.ts', '// A file.\n\nexport const f = () =>\n  setTimeout(f, 1);\n']]));
    const [said] = violations(
      files,
      rules.find(({ name }) => name === 'globals')!,
    );
    expect(said).toMatch(/^src\/base\/bad\.ts:4: setTimeout: time, chance and the page come in through the host/);
  });

  test('a concrete transport in the engine, and a value of the grammar', () => {
    expect(
      caught({
        'src/transport/transport.ts': 'export {};',
        'src/transport/poll.ts': 'export {};',
        'src/connection/a.ts': `import type { P } from '../transport/poll.js';\nimport { t } from '../transport/transport.js';`,
      }),
    ).toEqual([
      'the engine names no concrete transport src/connection/a.ts:2',
      'the engine names no concrete transport src/connection/a.ts:3',
    ]);
  });

  test('a cycle, and nothing beside it', () => {
    expect(
      caught({
        'src/base/a.ts': `import { b } from './b.js';`,
        'src/base/b.ts': `import { c } from './c.js';\nimport { d } from './d.js';`,
        'src/base/c.ts': `import { a } from './a.js';`,
        'src/base/d.ts': 'export {};',
      }),
    ).toEqual(['cycles src/base/a.ts:2', 'cycles src/base/b.ts:2', 'cycles src/base/c.ts:2']);
  });

  test('react behind the core, however far', () => {
    expect(
      caught({
        'src/core.ts': `export * from './client/a.js';`,
        'src/client/a.ts': `export * from '../react/b.js';`,
        'src/react/b.ts': `'use client';\nexport { useRef } from 'react';`,
      }),
    ).toEqual(['lanes src/client/a.ts:2', 'no react behind core, server, worker and testing src/core.ts:1']);
  });

  test("a hook and an index without 'use client'", () => {
    expect(
      caught({
        'src/index.ts': `export * from './react/use-it.js';`,
        'src/react/use-it.ts': `import { useRef } from 'react';\nexport const useIt = () => useRef(0);`,
        'src/react/names.ts': `import type { ReactNode } from 'react';\nexport type Node = ReactNode;`,
      }),
    ).toEqual(["'use client' src/index.ts:1", "'use client' src/react/use-it.ts:1"]);
  });

  test.each([
    ['export {};', 1],
    ['/** Words. */\nexport {};', 1],
    ['// Words.\nexport {};', 0],
    [`'use client';\n// Words.\nexport {};`, 0],
    ['#!/usr/bin/env node\n// Words.\nexport {};', 0],
  ])('a file that does not open with words: %j', (text, faults) => {
    const rule = rules.find(({ name }) => name === 'opening line')!;
    expect(violations(scan(new Map([['src/base/a.ts', text]])), rule)).toHaveLength(faults);
  });
});

describe('the checker leaves alone', () => {
  test.each([
    [
      'names that are declared here',
      `export function f(document: string, window = 1) {\n  return [document, window];\n}`,
    ],
    ['types', `export type Timer = ReturnType<typeof setTimeout>;\nexport declare const d: (x: Document) => Date;`],
    ['members that only sound alike', `export const f = (x: any) => x.setTimeout(x.document, { window: 1 });`],
    ['the rest of Math', `export const f = () => Math.max(1, 2);`],
    ['the mode of the build', `export const f = () => process.env.NODE_ENV !== 'production';`],
    ['tables that nobody may change', `export const CODES: ReadonlySet<number> = new Set([1, 2]);`],
  ])('%s', (_what, text) => {
    expect(caught({ 'src/base/good.ts': text })).toEqual([]);
  });
});
