// @vitest-environment node
// Validation by Standard Schema, with real schemas of two libraries.

import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RealtimeError } from '../../src/base/error.js';
import { type Schema, validate } from '../../src/protocol/schema.js';

interface Trade {
  readonly id: string;
  readonly lines: readonly { readonly price: number }[];
  readonly at: Date;
}

const schemas: readonly (readonly [string, Schema<Trade>, Schema<number>])[] = [
  [
    'zod',
    z.object({
      id: z.string(),
      lines: z.array(z.object({ price: z.number() })),
      at: z.string().transform((words) => new Date(words)),
    }),
    z.number().refine(() => Promise.resolve(true)),
  ],
  [
    'valibot',
    v.object({
      id: v.string(),
      lines: v.array(v.object({ price: v.number() })),
      at: v.pipe(
        v.string(),
        v.transform((words) => new Date(words)),
      ),
    }),
    v.pipeAsync(
      v.number(),
      v.checkAsync(() => Promise.resolve(true)),
    ),
  ],
];

function refusal(schema: Schema, value: unknown): RealtimeError {
  try {
    validate(schema, value);
  } catch (error) {
    if (error instanceof RealtimeError) return error;
    throw error;
  }
  throw new Error('it was let through');
}

describe.each(schemas)('%s', (_library, trade, patient) => {
  const good = { id: 'a', lines: [{ price: 1 }, { price: 2 }], at: '2026-01-01T00:00:00Z' };

  test('lets through what fits, as the schema makes it', () => {
    const made: Trade = validate(trade, { ...good, more: true });
    expect(made).toEqual({ ...good, at: new Date('2026-01-01T00:00:00Z') });
  });

  test('refuses what does not, with the place in words', () => {
    const error = refusal(trade, { ...good, lines: [{ price: 1 }, { price: 'two' }] });
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(/^A message does not fit the schema: lines\.1\.price: .*number/);
    expect(error.cause).toMatchObject([{ message: expect.any(String) as string }]);
  });

  test('a fault of the whole has no place', () => {
    expect(refusal(trade, 'not at all').message).toMatch(/^A message does not fit the schema: Invalid (type|input): /);
  });

  test('a schema that must be awaited is refused, and told so', () => {
    const error = refusal(patient, 1);
    expect(error.kind).toBe('unsupported');
    expect(error.message).toContain('synchronous schema');
  });
});

test('a schema that throws refuses, with the cause', () => {
  const cause = new Error('bad schema');
  const broken: Schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate() {
        throw cause;
      },
    },
  };
  expect(refusal(broken, 1)).toMatchObject({ kind: 'invalid', cause });
});

test('an issue without words or place is still a refusal', () => {
  const terse: Schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [] }) } };
  expect(refusal(terse, 1).kind).toBe('invalid');
});

test('a place given as objects, and one that is a symbol', () => {
  const odd: Schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: [{ message: 'odd', path: [{ key: 'a' }, Symbol('s'), 0] }] }),
    },
  };
  expect(refusal(odd, 1).message).toContain('a.Symbol(s).0: odd');
});
