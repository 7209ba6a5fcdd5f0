// A bad network: what the hooks report while it lasts, and that they come back.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Storm } from './bad-network/storm.js';

const range = (min: number, max: number, step: number) => ({ control: { type: 'range', min, max, step } }) as const;

const about = `Cut, delay, refuse and freeze the way to the server, and watch what the hooks report meanwhile.

\`\`\`tsx
useWebSocket(url, { heartbeat: { intervalMs: 1_200, timeoutMs: 1_200 }, connectTimeoutMs: 3_000 });
useEventSource(url, { idleTimeoutMs: 2_500, uplink: url, connectTimeoutMs: 3_000 });
useLongPoll(\`\${url}&wait=25\`, { idleTimeoutMs: 2_500, uplink: url, connectTimeoutMs: 3_000 });
\`\`\`

The browser writes failed requests and handshakes to its console by itself; nothing else is written there.`;

const meta = {
  title: 'Bad network',
  component: Storm,
  argTypes: {
    heartbeatMs: range(300, 5_000, 100),
    idleTimeoutMs: range(500, 10_000, 100),
    connectTimeoutMs: range(500, 10_000, 500),
    initialDelayMs: range(100, 5_000, 100),
    maxDelayMs: range(500, 30_000, 500),
  },
  args: { heartbeatMs: 1_200, idleTimeoutMs: 2_500, connectTimeoutMs: 3_000, initialDelayMs: 1_000, maxDelayMs: 4_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Storm>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const impatient = {
  heartbeatMs: 400,
  idleTimeoutMs: 800,
  connectTimeoutMs: 1_000,
  initialDelayMs: 300,
  maxDelayMs: 600,
};
const names = ['WebSocket', 'Server-Sent Events', 'Long poll'];

const everybodyIs = async (canvas: Canvas, status: string): Promise<void> => {
  for (const name of names) await canvas.findByRole('status', { name: `${name}: ${status}` });
};

const lane = (canvas: Canvas, name: string): Canvas => within(canvas.getByRole('region', { name }));

const figureOf = (canvas: Canvas, name: string, label: string): number =>
  Number(lane(canvas, name).getByText(label).nextElementSibling?.textContent);

const meddle = (canvas: Canvas, button: string): Promise<void> =>
  userEvent.click(canvas.getByRole('button', { name: button }));

export const Weather: Story = {
  play: live(async ({ canvasElement }) => {
    await everybodyIs(within(canvasElement), 'open');
  }),
};

/** Cut: the streams notice at once and come back. Who resumes from a place has missed nothing. */
export const Cut: Story = {
  args: impatient,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await everybodyIs(canvas, 'open');
    const everybodyHears = async (): Promise<void> => {
      const before = names.map((name) => figureOf(canvas, name, 'Received'));
      await waitFor(() =>
        names.forEach((name, i) => expect(figureOf(canvas, name, 'Received')).toBeGreaterThan(before[i] ?? 0)),
      );
    };
    await everybodyHears();
    await meddle(canvas, 'Cut');
    await within(canvas.getByRole('log')).findAllByText(/^link lost/);
    await everybodyIs(canvas, 'open');
    await everybodyHears();
    await expect(figureOf(canvas, 'Server-Sent Events', 'Missing')).toBe(0);
    await expect(figureOf(canvas, 'Long poll', 'Missing')).toBe(0);
  }),
};

/** Refused: the error is in words, a send is queued, and it arrives when the server is back. */
export const RefusedAndQueued: Story = {
  args: impatient,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await everybodyIs(canvas, 'open');
    await meddle(canvas, 'Refuse');
    await everybodyIs(canvas, 'reconnecting');
    await lane(canvas, 'Server-Sent Events').findByText(/503/);
    for (const name of names) {
      await userEvent.click(lane(canvas, name).getByRole('button', { name: 'Send one' }));
      await lane(canvas, name).findByText('1 queued', { selector: 'li' });
    }
    await meddle(canvas, 'Refuse');
    for (const name of names) await lane(canvas, name).findByText('1 back');
    await everybodyIs(canvas, 'open');
  }),
};

/** Frozen: no socket closes, so only a heartbeat and an idle limit can tell. Thawed, everybody comes back. */
export const Frozen: Story = {
  args: impatient,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await everybodyIs(canvas, 'open');
    await waitFor(() => names.forEach((name) => expect(figureOf(canvas, name, 'Received')).toBeGreaterThan(0)));
    await meddle(canvas, 'Freeze');
    await everybodyIs(canvas, 'reconnecting');
    await meddle(canvas, 'Freeze');
    await everybodyIs(canvas, 'open');
    await expect(figureOf(canvas, 'Server-Sent Events', 'Missing')).toBe(0);
  }),
};
