// Transport lab: the same messages four ways, and the differences that must show.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { SideBySide } from './transport-lab/side-by-side.js';

const about = `The same numbered messages over WebSocket, SSE, long poll and poll: how late, how many requests, how many bytes.

\`\`\`tsx
useWebSocket(url, { onMessage, WebSocket: counted.WebSocket });
useEventSource(url, { onMessage, fetch: counted.fetch });
useLongPoll(\`\${url}&wait=25\`, { onMessage, fetch: counted.fetch });
usePoll(url, { onMessage, fetch: counted.fetch, intervalMs: 2_000 });
\`\`\`

Nothing here reads \`messages\`, so fifty of them a second render nobody; \`onMessage\` sees each one.`;

const meta = {
  title: 'Transport lab',
  component: SideBySide,
  argTypes: {
    perSecond: { control: 'select', options: [1, 2, 5, 10, 20, 50] },
    pollMs: { control: 'select', options: [500, 2_000, 5_000] },
  },
  args: { perSecond: 5, pollMs: 2_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof SideBySide>;
export default meta;

type Story = StoryObj<typeof meta>;

const names = ['WebSocket', 'Server-Sent Events', 'Long poll', 'Poll'];

/** "1.2 s" and "40 ms" as milliseconds. */
function lateOf(canvas: ReturnType<typeof within>, name: string): number {
  const card = within(canvas.getByRole('region', { name }));
  const text = card.getByText('Late, typically').nextElementSibling?.textContent ?? '';
  return Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1_000);
}

export const FourWays: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    for (const name of names) await canvas.findByRole('status', { name: `${name}: open` });
  }),
};

/** A poll is late by half its interval and more; what is pushed is there at once. Nobody misses a message. */
export const WhoIsLate: Story = {
  args: { perSecond: 20, pollMs: 2_000 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    for (const name of names) await canvas.findByRole('status', { name: `${name}: open` });
    await waitFor(() => expect(lateOf(canvas, 'Poll')).toBeGreaterThan(300));
    for (const name of names.slice(0, 3)) await expect(lateOf(canvas, name)).toBeLessThan(300);
    for (const name of names) {
      const card = within(canvas.getByRole('region', { name }));
      await expect(card.getByText('Missing').nextElementSibling).toHaveTextContent('0');
    }
    const socket = within(canvas.getByRole('region', { name: 'WebSocket' }));
    await expect(socket.getByText('Sockets opened').nextElementSibling).toHaveTextContent('1');
  }),
};

/** A slow network makes what is pushed late once, and a long poll late twice: the news goes one way, the next question the other. */
export const SlowNetwork: Story = {
  args: { perSecond: 10 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'WebSocket: open' });
    await userEvent.click(canvas.getByRole('radio', { name: '400 ms' }));
    await waitFor(() => expect(lateOf(canvas, 'WebSocket')).toBeGreaterThanOrEqual(390));
  }),
};
