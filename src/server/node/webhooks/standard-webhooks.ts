// The Standard Webhooks scheme, by its package, loaded when it is needed. Sends and receives nothing.

import type { Webhook } from 'standardwebhooks';
import { RealtimeError } from '../../../base/error.js';

/** One for each secret. Rejects with `config` where the package is not installed. */
export async function loadSigners(secrets: readonly string[]): Promise<readonly Webhook[]> {
  const scheme = await import('standardwebhooks').catch((cause: unknown) => {
    const cure = 'Webhooks need the standardwebhooks package beside this server: npm i standardwebhooks';
    throw new RealtimeError('config', cure, { cause });
  });
  return secrets.map((each) => new scheme.Webhook(each));
}
