// A payment that is told by a signed webhook: live in every tab, once, from nobody else, and after an outage too.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { newLabId } from './parts/lab.js';
import { live } from './parts/live.js';
import { PRICE } from './payment/order.js';
import { Payment } from './payment/payment.js';

const about = `The payment provider posts a signed event to the server, and the server tells the order's room. No tab asks, and none is believed:
\`from\` says who it was, and no user can have a webhook's name.

\`\`\`tsx
const realtime = createRealtimeServer({
  webhooks: {
    '/hooks/payments': {
      secret: process.env.PAYMENTS_SECRET, // 'whsec_…'
      room: ({ data }: Told) => \`order:\${data.order}\`,
      map: ({ data: { cents } }: Told) => ({ cents }), // the card's number is nobody's business
    },
  },
});

// in the page
const { messages } = useRoom<{ cents: number }>(\`order:\${order}\`, { history: 10 });
const isPaid = messages.some(({ from }) => from === 'webhook:/hooks/payments');
\`\`\`

Providers repeat what was not answered: the same event is published once. *Open in a browser tab* shows the same order in a real second tab, with a network of its own.`;

const meta = {
  title: 'Payment',
  component: Payment,
  argTypes: { order: { control: 'text' } },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Payment>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const TABS = ['This tab', 'Another tab'] as const;
const PAY = 'Pay €42.00';
const REPEAT = 'Send the same event again';

const press = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('button', { name }));

const bothAreOpen = async (canvas: Canvas): Promise<void> => {
  for (const name of TABS) await canvas.findByRole('status', { name: `${name}: open` });
};

const shows = (canvas: Canvas, tab: string, words: string | RegExp): Promise<void> =>
  waitFor(() => expect(canvas.getByRole('status', { name: `${tab} shows` })).toHaveTextContent(words));

/** Open, and in the order's room: what is published now comes live. */
async function bothWait(canvas: Canvas): Promise<void> {
  await bothAreOpen(canvas);
  for (const tab of TABS) await shows(canvas, tab, 'Waiting for the payment');
}

/** The panel of a tab, or of the provider. */
const panel = (canvas: Canvas, name: string): Canvas => within(canvas.getByRole('region', { name }));

const wasAnswered = (canvas: Canvas, status: string): Promise<HTMLElement> =>
  panel(canvas, 'The payment provider').findByText(status);

const figureOf = (canvas: Canvas, tab: string, label: string): string =>
  panel(canvas, tab).getByText(label).nextElementSibling?.textContent ?? '';

async function payElsewhere(order: string): Promise<string> {
  await fetch(`/lab/${order}/pay`, { method: 'POST', body: JSON.stringify({ order, cents: PRICE }) });
  return order;
}

async function isPaidOnce(canvas: Canvas, tab: string, way: string): Promise<void> {
  await shows(canvas, tab, /^Paid$/);
  await expect(figureOf(canvas, tab, 'Payments')).toBe('1');
  await waitFor(() => expect(figureOf(canvas, tab, 'It came')).toBe(way));
  await expect(panel(canvas, tab).getByText('from webhook:/hooks/payments')).toBeVisible();
}

export const OneOrder: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
  }),
};

/** Both tabs are told, and nobody has asked. */
export const Paid: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
    await press(canvas, PAY);
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'live');
    await wasAnswered(canvas, '202');
    await expect(canvas.getByRole('button', { name: PAY })).toHaveAttribute('aria-disabled', 'true');
    await press(canvas, 'New order');
    for (const tab of TABS) await shows(canvas, tab, 'Waiting for the payment');
  }),
};

/** The provider repeats itself: it is told that all is well, and the tabs hear nothing. */
export const ToldTwice: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
    await press(canvas, PAY);
    await wasAnswered(canvas, '202');
    await press(canvas, REPEAT);
    await wasAnswered(canvas, '200');
    // who comes back is given all that was published: the repeat too, had it been
    await press(canvas, 'Cut');
    await canvas.findByRole('status', { name: 'This tab: reconnecting' });
    await press(canvas, 'Cut');
    await bothAreOpen(canvas);
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'live');
  }),
};

/** Refused by the server, in its words; and the order still waits, until somebody pays who can sign. */
export const WrongSignature: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
    await press(canvas, 'Send a wrong signature');
    await wasAnswered(canvas, '401');
    await expect(await wasAnswered(canvas, 'The signature is wrong, or too old.')).toBeVisible();
    for (const tab of TABS) await shows(canvas, tab, 'Waiting for the payment');
    await press(canvas, PAY);
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'live');
  }),
};

/** What somebody else says in the room, here by a plain POST, is no payment. */
export const SomebodyElse: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
    const link = canvas.getByRole('link', { name: 'Open in a browser tab' }).getAttribute('href') ?? '';
    const room = link.replace(/.*args=/, '');
    const body = JSON.stringify({ cents: PRICE });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`/realtime?room=${room}`, { method: 'POST', headers, body });
    await expect(status).toBe(202);
    await press(canvas, PAY);
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'live');
  }),
};

/** Paid while this tab is cut off: the other one knows at once, this one when it is back. */
export const PaidMeanwhile: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothWait(canvas);
    await press(canvas, 'Cut');
    await canvas.findByRole('status', { name: 'This tab: reconnecting' });
    await press(canvas, PAY);
    await isPaidOnce(canvas, 'Another tab', 'live');
    await shows(canvas, 'This tab', 'Waiting for the payment');
    await press(canvas, 'Cut');
    await isPaidOnce(canvas, 'This tab', 'by recovery');
  }),
};

/** Paid before anybody looks: it is in the room's history. Who pays again is not charged again. */
export const OpenedLater: Story = {
  loaders: [async () => ({ order: import.meta.env.DEV ? await payElsewhere(newLabId()) : '' })],
  render: (_, { loaded }) => <Payment order={String(loaded['order'])} />,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await bothAreOpen(canvas);
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'from history');
    await press(canvas, PAY);
    await wasAnswered(canvas, '200');
    for (const tab of TABS) await isPaidOnce(canvas, tab, 'from history');
  }),
};
