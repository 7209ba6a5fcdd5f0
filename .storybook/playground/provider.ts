// The pretend payment provider: signs events by the Standard Webhooks scheme, and posts them to the playground's server. Knows no labs.

import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { RealtimeServerOptions } from '../../src/server.js';
import type { Payment } from '../../stories/parts/demo-data.js';
import type { Behind } from './passage.js';

/** What `POST /lab/<id>/pay` takes. */
export interface PayWish {
  /** Its name: the room `order:<name>` is told. */
  readonly order: string;
  readonly cents: number;
  /** Signed by somebody who does not have the secret. */
  readonly forged?: boolean | undefined;
}

/** What `POST /lab/<id>/pay` answers: what the server has answered the provider. */
export interface PayAnswer {
  readonly event: string;
  readonly status: number;
  /** Why not; empty where nothing was wrong. */
  readonly error: string;
}

export interface Provider {
  /** For the server that is to hear of payments. */
  readonly webhooks: NonNullable<RealtimeServerOptions['webhooks']>;
  pay(wish: PayWish, to: Behind): Promise<PayAnswer>;
}

const PATH = '/hooks/payments';
const ORDER = /^[a-z0-9]{4,32}$/;
const MOST_CENTS = 1_000_000;

const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** What the provider writes: more than an order's page needs to know. */
interface Told {
  readonly type: 'payment.succeeded';
  readonly data: Payment & { readonly order: string; readonly card: string };
}

export function createProvider(): Provider {
  const secret = newSecret();
  const honest = new Webhook(secret);
  const forger = new Webhook(newSecret());
  return {
    webhooks: {
      [PATH]: {
        secret,
        room: ({ data }: Told) => `order:${data.order}`,
        // the card's number is nobody's business
        map: ({ data: { cents } }: Told): Payment => ({ cents }),
        type: 'payment',
      },
    },
    async pay({ order, cents, forged = false }, { host, port }) {
      if (!ORDER.test(order) || !(cents > 0 && cents <= MOST_CENTS)) throw new Error('there is no such order or price');
      // an order is paid once: whoever pays it again has the provider say again what it has said
      const event = `evt_${order}`;
      const told: Told = { type: 'payment.succeeded', data: { order, cents, card: '4242 4242 4242 4242' } };
      const body = JSON.stringify(told);
      const now = new Date();
      const response = await fetch(`http://${host}:${port}${PATH}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': event,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': (forged ? forger : honest).sign(event, now, body),
        },
        body,
      });
      const text = await response.text();
      const { error = '' } = (text === '' ? {} : JSON.parse(text)) as { readonly error?: string };
      return { event, status: response.status, error };
    },
  };
}
