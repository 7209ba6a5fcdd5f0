// The outbox lab: what is sent offline, over reloads and without a server arrives, once and in order, or is said to be given up.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { Outbox } from './outbox-lab/outbox.js';
import { live } from './parts/live.js';

const about = `Cut this page off and send. Reload it: what waits comes back from the browser's storage, and leaves in its order once there is a link.

\`\`\`tsx
<RealtimeProvider
  url="/realtime"
  auth={{ getToken: () => session.token }}
  outbox={{ storage: localStorage(), limit: 200, user: session.userId }} // over 200: failed, kind overflow
  rateLimit={{ perSecond: 25 }} // so that one sees it drain
>

const { queued } = useConnection(); // messages without an answer
const { messages, send, retry } = useRoom('outbox'); // each: pending, sent, or failed with its error
\`\`\`

The page counts in a book of its own what it has sent, and compares it with what somebody else reads from the server. A message that may have arrived is said again
under its id, and the server takes it once. \`outbox.user\` says whose the queue is before the server has answered: it is never sent for another user.
The server here keeps its rooms while it is down, as one with a backplane does. The browser writes handshakes that fail to its console by itself.`;

const meta = {
  title: 'Outbox lab',
  component: Outbox,
  argTypes: {
    limit: { control: { type: 'range', min: 10, max: 500, step: 10 } },
    perSecond: { control: { type: 'range', min: 5, max: 200, step: 5 } },
    ttlMs: { control: { type: 'number' } },
    reloads: { table: { disable: true } },
  },
  args: { limit: 200, perSecond: 25, ttlMs: 86_400_000, reloads: 'page' },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Outbox>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const press = async (canvas: Canvas, name: string): Promise<void> =>
  userEvent.click(await canvas.findByText(name, { selector: 'button' }));

/** By its label: to find a role among hundreds of lines is slow. */
const is = (canvas: Canvas, who: string, status: string): Promise<HTMLElement> =>
  canvas.findByLabelText(`${who}: ${status}`);

const figureOf = (canvas: Canvas, panel: string, label: string): number =>
  Number(
    within(canvas.getByLabelText(panel, { selector: 'section' })).getByText(label).nextElementSibling?.textContent,
  );

const figureIs = (canvas: Canvas, panel: string, label: string, value: number): Promise<void> =>
  waitFor(() => expect(figureOf(canvas, panel, label)).toBe(value));

const verdictIs = (canvas: Canvas, words: string): Promise<void> =>
  waitFor(() => expect(canvas.getByLabelText('The verdict')).toHaveTextContent(words));

/** A tab remembers its lab: a story begins with an empty one. */
async function startAnew(canvas: Canvas): Promise<void> {
  await press(canvas, 'Start anew');
  await is(canvas, 'This page', 'open');
  await verdictIs(canvas, 'Nothing was sent yet.');
}

const inATest = { reloads: 'sender', perSecond: 100 } as const;

export const OnePage: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await is(canvas, 'The server', 'open');
  }),
};

/** Offline, fifty messages, a new page, one more, another new page, the link: all are there, once and in order. */
export const KeptOverReloads: Story = {
  args: inATest,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await startAnew(canvas);
    await press(canvas, 'Send one');
    await verdictIs(canvas, 'All 1 are with the server, once, in order.');
    await press(canvas, 'Go offline');
    await is(canvas, 'This page', 'reconnecting');
    await press(canvas, 'Send 50');
    await figureIs(canvas, 'This page', 'Waiting', 50);
    await press(canvas, 'Reload the page');
    await is(canvas, 'The server', 'open');
    await figureIs(canvas, 'This page', 'Waiting', 50);
    await press(canvas, 'Send one');
    await press(canvas, 'Reload the page');
    await is(canvas, 'The server', 'open');
    await figureIs(canvas, 'This page', 'Waiting', 51);
    await verdictIs(canvas, '51 of 52 wait.');
    await figureIs(canvas, 'The server', 'Has', 1);
    await press(canvas, 'Come back');
    await verdictIs(canvas, 'All 52 are with the server, once, in order.');
    await figureIs(canvas, 'This page', 'Waiting', 0);
    await figureIs(canvas, 'The server', 'Has', 52);
  }),
};

/** The server goes away in the middle of it, and comes back. */
export const ServerKilled: Story = {
  args: inATest,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await startAnew(canvas);
    await press(canvas, 'Send 50');
    await press(canvas, 'Send 50');
    await waitFor(() => expect(figureOf(canvas, 'The server', 'Has')).toBeGreaterThan(9));
    await press(canvas, 'Kill the server for 3 s');
    await is(canvas, 'This page', 'reconnecting');
    await press(canvas, 'Send one');
    await expect(figureOf(canvas, 'This page', 'Waiting')).toBeGreaterThan(0);
    await verdictIs(canvas, 'All 101 are with the server, once, in order.');
  }),
};

/** More than may wait: the page is told which ones, and can send them again. */
export const MoreThanMayWait: Story = {
  args: { ...inATest, limit: 60 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await startAnew(canvas);
    await press(canvas, 'Go offline');
    await is(canvas, 'This page', 'reconnecting');
    await press(canvas, 'Send 50');
    await press(canvas, 'Send 50');
    await figureIs(canvas, 'This page', 'Given up', 40);
    await press(canvas, 'Come back');
    await verdictIs(canvas, '60 are with the server, once, in order; 40 were given up, and said so.');
    await press(canvas, 'Send the given up again');
    await verdictIs(canvas, 'All 100 are with the server, once, in order.');
  }),
};
