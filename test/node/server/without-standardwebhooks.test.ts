// Where the standardwebhooks package is not installed: said at the start, and the sender comes again.

import { expect, it, vi } from 'vitest';
import { ask, start } from './support.js';

vi.mock('standardwebhooks', () => {
  throw new Error("Cannot find package 'standardwebhooks'");
});

it('webhooks with a secret are answered with 501 and the cure, those with a `verify` work', async () => {
  const server = await start({
    webhooks: {
      '/signed': { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', room: 'x' },
      '/own': { verify: () => 'id', room: 'x' },
    },
  });
  await vi.waitFor(() =>
    expect(server.events).toMatchObject([
      { type: 'error', reason: expect.stringMatching(/^webhook:\/signed: .+npm i standardwebhooks/) },
    ]),
  );
  const post = (path: string) => ask(server.base + path, { method: 'POST' }, '{"amount":5}');
  expect(await post('/signed')).toMatchObject({ status: 501, body: expect.stringContaining('npm i standardwebhooks') });
  expect((await post('/own')).status).toBe(202);
});
