// Server-Sent Events: a dashboard that is full at once, and has no hole after a cut.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Dashboard } from './event-source/dashboard.js';

const about = `A small fleet's metrics over Server-Sent Events: one GET that never ends, resumed by id when it breaks.

\`\`\`tsx
const { status, messages, resumed } = useEventSource<Metrics>('/realtime?room=metrics&replay=500', {
  history: 500,
  idleTimeoutMs: 5_000,
});
\`\`\`

\`replay\` is the server's: what it still keeps comes first, so the plots are full at once. \`resumed\` says whether the last reconnect left a gap.`;

const meta = {
  title: 'Server-Sent Events',
  component: Dashboard,
  argTypes: {
    history: { control: { type: 'range', min: 50, max: 500, step: 50 } },
    idleTimeoutMs: { control: { type: 'range', min: 1_000, max: 30_000, step: 1_000 } },
  },
  args: { history: 500, idleTimeoutMs: 5_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Dashboard>;
export default meta;

type Story = StoryObj<typeof meta>;

export const LiveDashboard: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The stream: open' });
    await canvas.findByRole('img', { name: /^Requests per second: Requests \d+$/ });
    await canvas.findByRole('img', { name: /^CPU per node: ams-1 \d/ });
  }),
};

/** A pause holds the picture still; the stream goes on behind it, and nothing is lost. */
export const Pause: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('img', { name: /Requests \d+$/ });
    await userEvent.click(canvas.getByRole('button', { name: 'Pause' }));
    const still = canvas.getByRole('img', { name: /^Latency/ }).getAttribute('aria-label');
    await canvas.findByText(/^[3-9] behind the pause/);
    await expect(canvas.getByRole('img', { name: /^Latency/ })).toHaveAttribute('aria-label', still);
    await userEvent.click(canvas.getByRole('button', { name: 'Go on' }));
    await waitFor(() =>
      expect(canvas.getByRole('img', { name: /^Latency/ }).getAttribute('aria-label')).not.toBe(still),
    );
  }),
};

/** Cut, the stream resumes by the id of its last event: the server fills the hole, and says so. */
export const CutAndResumed: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The stream: open' });
    await userEvent.click(canvas.getByRole('button', { name: 'Cut the stream' }));
    await canvas.findByRole('status', { name: 'The stream: reconnecting' });
    await canvas.findByRole('status', { name: 'The stream: open' });
    await canvas.findByText('no gap');
  }),
};
