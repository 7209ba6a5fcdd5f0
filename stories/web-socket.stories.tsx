// WebSocket: what a person sees, and what must hold when the wire breaks.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Conversation } from './web-socket/conversation.js';
import { Ticker } from './web-socket/ticker.js';

const about = `Talk to an echo room: what one says, all hear, over one shared socket.

\`\`\`tsx
const { status, messages, send, queued, latencyMs } = useWebSocket<Line, Line>('/realtime?room=talk', {
  heartbeat: { intervalMs: 2_000, timeoutMs: 2_000 },
});
\`\`\`

Components that ask for the same address share one socket, and what a component does not read does not render it.`;

const meta = {
  title: 'WebSocket',
  component: Conversation,
  subcomponents: { Ticker },
  argTypes: {
    heartbeatMs: { control: { type: 'range', min: 250, max: 10_000, step: 250 } },
    initialDelayMs: { control: { type: 'range', min: 100, max: 5_000, step: 100 } },
    maxDelayMs: { control: { type: 'range', min: 500, max: 30_000, step: 500 } },
  },
  args: { heartbeatMs: 2_000, initialDelayMs: 1_000, maxDelayMs: 8_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Conversation>;
export default meta;

type Story = StoryObj<typeof meta>;

async function say(canvas: ReturnType<typeof within>, who: string, words: string): Promise<void> {
  await userEvent.type(canvas.getByLabelText(`${who} says`), `${words}{Enter}`);
}

export const Talk: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The wire: open' });
  }),
};

/** What Anna says, both hear, and there is one socket. */
export const OneSharedSocket: Story = {
  args: { heartbeatMs: 250 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The wire: open' });
    await say(canvas, 'Anna', 'Is it you?');
    await within(canvas.getByLabelText('What Anna hears')).findByText('Is it you?');
    await within(canvas.getByLabelText('What Ben hears')).findByText('Is it you?');
    await say(canvas, 'Ben', 'It is.');
    await within(canvas.getByLabelText('What Anna hears')).findByText('It is.');
    const wire = within(canvas.getByRole('region', { name: 'The wire' }));
    await waitFor(() => expect(wire.getByText('Latency').nextElementSibling).toHaveTextContent(/^\d+\.\dms$/));
    await expect(wire.getByText('Sockets opened').nextElementSibling).toHaveTextContent('1');
  }),
};

/** Disconnect keeps it closed, for all three; Connect opens it again. */
export const DisconnectAndBack: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The wire: open' });
    await userEvent.click(canvas.getByRole('button', { name: 'Disconnect' }));
    await canvas.findByRole('status', { name: 'The wire: closed' });
    await userEvent.click(canvas.getByRole('button', { name: 'Connect' }));
    await canvas.findByRole('status', { name: 'The wire: open' });
    await userEvent.click(canvas.getByRole('button', { name: 'Reconnect' }));
    await canvas.findByRole('status', { name: 'The wire: open' });
    await say(canvas, 'Ben', 'Still here');
    await within(canvas.getByLabelText('What Anna hears')).findByText('Still here');
  }),
};

/** The server goes away: what is said meanwhile waits, and is heard when it is back. */
export const SaidWhileAway: Story = {
  args: { initialDelayMs: 400, maxDelayMs: 800 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The wire: open' });
    await userEvent.click(canvas.getByRole('button', { name: 'Server away for 4 s' }));
    await canvas.findByRole('status', { name: 'The wire: reconnecting' });
    await say(canvas, 'Anna', 'Can you hear me?');
    await canvas.findByText(/^Queued:/);
    await within(canvas.getByLabelText('What Ben hears')).findByText('Can you hear me?');
    await canvas.findByRole('status', { name: 'The wire: open' });
  }),
};

/** A stream with a past: `replay` asks the server for what it keeps. */
export const Prices: StoryObj<typeof Ticker> = {
  parameters: { controls: { disable: true } },
  render: () => <Ticker />,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'Ticker: open' });
    await canvas.findByText('FERN');
  }),
};
