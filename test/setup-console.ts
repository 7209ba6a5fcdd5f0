// Silence is part of every promise: an unexpected console.error or console.warn fails the test that caused it.
// A test that expects one replaces it: vi.spyOn(console, 'warn').mockImplementation(() => {}).

import { afterAll, afterEach } from 'vitest';

const heard: string[] = [];

const wordsOf = (value: unknown): string => (value instanceof Error ? (value.stack ?? value.message) : String(value));

/** As the console would write it; React puts its words into `%s`. Runs in browsers too, so there is no node:util. */
function written([first, ...rest]: readonly unknown[]): string {
  const text = wordsOf(first).replace(/%[sdoOfi]/g, (place) => (rest.length > 0 ? wordsOf(rest.shift()) : place));
  return [text, ...rest.map(wordsOf)].join(' ');
}

// plain functions and no spies: `vi.restoreAllMocks()` in a test must give these back, not the real console
for (const level of ['error', 'warn'] as const)
  console[level] = (...args: unknown[]) => void heard.push(`console.${level}: ${written(args)}`);

function check(): void {
  const said = heard.splice(0);
  if (said.length > 0) throw new Error(`unexpected console output\n${said.join('\n')}`);
}

// hooks run last in, first out: this one comes after the tests' own, and after the unmounting of setup-react.ts
afterEach(check);
afterAll(check);
