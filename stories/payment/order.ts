// An order's room, who is believed there, and the price. No React.

import { defineRoom } from '../../src/index.js';
import type { Payment } from '../parts/demo-data.js';

export const orderRoom = defineRoom<Payment>('order');

/** Whose word counts: no user can have this name. */
export const PAYER = 'webhook:/hooks/payments';

export const PRICE = 4_200;

const euros = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });

export const priceOf = (cents: number): string => euros.format(cents / 100);
