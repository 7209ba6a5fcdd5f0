// Validation by Standard Schema: zod, valibot, arktype and the like. Pure.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { RealtimeError } from '../base/error.js';

/** Anything that implements https://standardschema.dev. */
export type Schema<In = unknown> = StandardSchemaV1<unknown, In>;

/** The value as the schema makes it. Throws `invalid` where it refuses or throws, `unsupported` where it wants to be awaited. */
export function validate<In>(schema: Schema<In>, value: unknown): In {
  let result: ReturnType<Schema<In>['~standard']['validate']>;
  try {
    result = schema['~standard'].validate(value);
  } catch (cause) {
    throw new RealtimeError('invalid', 'The schema threw.', { cause });
  }
  if ('then' in result) {
    result.then(undefined, () => {}); // nobody will hear how it ends
    throw new RealtimeError('unsupported', 'Messages are validated at once: use a synchronous schema.');
  }
  if (!result.issues) return result.value;
  const [issue] = result.issues;
  const path = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  throw new RealtimeError('invalid', `A message does not fit the schema: ${path ? `${path}: ` : ''}${issue?.message}`, {
    cause: result.issues,
  });
}
