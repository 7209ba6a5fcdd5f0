// A chat: what two people in the same rooms see of each other, and what becomes of a message.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { Chat } from './chat/chat.js';
import { live } from './parts/live.js';

const about = `Rooms with a history, who is in them, who is typing, and what became of each message.

\`\`\`tsx
const chat = defineRoom('chat', {
  message: z.object({ text: z.string() }),
  presence: z.object({ typing: z.boolean() }),
});

<RealtimeProvider url="/realtime" auth={{ getToken: () => 'Ada' }}>…</RealtimeProvider>;

const { messages, more, loadOlder, others, send, retry } = useRoom(chat('general'), {
  history: 15,
  presence: { typing },
});
\`\`\`

What one sends is shown at once as pending, and is then sent, or failed with a reason. Sending again has no second effect: the
message keeps its id, and the server knows it.`;

const meta = {
  title: 'Chat',
  component: Chat,
  argTypes: { timeoutMs: { control: { type: 'range', min: 1_000, max: 30_000, step: 1_000 } } },
  args: { timeoutMs: 8_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Chat>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const paneOf = (canvas: Canvas, name: string): Canvas => within(canvas.getByRole('region', { name }));
const reads = (canvas: Canvas, name: string, room = 'general'): Canvas =>
  within(canvas.getByRole('log', { name: `What ${name} reads in ${room}` }));
const write = (canvas: Canvas, name: string, keys: string, room = 'general'): Promise<void> =>
  userEvent.type(canvas.getByLabelText(`${name} writes in ${room}`), keys);
const press = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('button', { name }));

async function open(canvasElement: HTMLElement): Promise<Canvas> {
  const canvas = within(canvasElement);
  for (const name of ['Ada', 'Ben']) {
    await canvas.findByRole('status', { name: `${name}: open` });
    await reads(canvas, name).findByText(/stay on for a moment/);
  }
  return canvas;
}

export const TwoPeople: Story = {
  play: live(async ({ canvasElement }) => {
    await open(canvasElement);
  }),
};

/** Who types is seen to type, who has stopped is not, and what is said is there for both. */
export const TypingAndSaying: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    await within(canvas.getByRole('list', { name: 'Who Ben sees in general' })).findByText('Ada');
    await write(canvas, 'Ada', 'Still here?');
    await waitFor(() =>
      expect(canvas.getByRole('status', { name: 'Ben is told' })).toHaveTextContent('Ada is typing …'),
    );
    await write(canvas, 'Ada', '{Enter}');
    await reads(canvas, 'Ben').findByText('Still here?');
    await waitFor(() => expect(canvas.getByRole('status', { name: 'Ben is told' })).toHaveTextContent(/^$/));
    await waitFor(() => expect(reads(canvas, 'Ada').queryByText('sending')).toBeNull());
    await expect(reads(canvas, 'Ada').getAllByText('Still here?')).toHaveLength(1);
  }),
};

/** Page by page to the beginning; what one was reading stays where it was. */
export const LoadOlder: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    const log = canvas.getByRole('log', { name: 'What Ada reads in general' });
    const lines = within(log);
    await expect(lines.queryByText(/^Morning/)).toBeNull();
    log.scrollTop = 0;
    log.dispatchEvent(new Event('scroll'));
    const reading = lines.getAllByRole('article')[0]?.querySelector('.said-text')?.textContent ?? '';
    const placeOf = (): number => lines.getByText(reading).getBoundingClientRect().top;
    const before = placeOf();
    await userEvent.click(lines.getByRole('button', { name: 'Load older' }));
    await waitFor(() => expect(lines.getAllByRole('article')).toHaveLength(30));
    await expect(Math.abs(placeOf() - before)).toBeLessThan(2);
    await userEvent.click(lines.getByRole('button', { name: 'Load older' }));
    await lines.findByText(/^Morning/);
    await lines.findByText('Here #general begins.');
  }),
};

/** News of a room that is not open are counted, until it is opened. */
export const Unread: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    await userEvent.click(paneOf(canvas, 'Ben').getByRole('button', { name: /^design/ }));
    await reads(canvas, 'Ben', 'design').findByText(/good number of buttons/);
    await paneOf(canvas, 'Ada').findByRole('button', { name: /^design.*1 here$/ });
    await write(canvas, 'Ben', 'Grey it is{Enter}', 'design');
    await userEvent.click(await paneOf(canvas, 'Ada').findByRole('button', { name: /^design.*1 unread$/ }));
    await reads(canvas, 'Ada', 'design').findByText('Grey it is');
    await waitFor(() => expect(paneOf(canvas, 'Ada').queryByText('unread')).toBeNull());
  }),
};

/** The server goes away: what is said waits, fails, and is sent again by hand. It arrives once. */
export const FailedAndSentAgain: Story = {
  args: { timeoutMs: 1_500 },
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    await press(canvas, 'Server away');
    await canvas.findByRole('status', { name: 'Ada: reconnecting' });
    await write(canvas, 'Ada', 'Can you hear me?{Enter}');
    await reads(canvas, 'Ada').findByText('sending');
    await reads(canvas, 'Ada').findByText('failed');
    await press(canvas, 'Server away');
    await canvas.findByRole('status', { name: 'Ada: open' });
    await userEvent.click(reads(canvas, 'Ada').getByRole('button', { name: 'Retry' }));
    await reads(canvas, 'Ben').findByText('Can you hear me?');
    await waitFor(() => expect(reads(canvas, 'Ada').queryByText('failed')).toBeNull());
    await expect(reads(canvas, 'Ben').getAllByText('Can you hear me?')).toHaveLength(1);
  }),
};

/** Where one may not speak, the server says no, and the message says so. */
export const Refused: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    await userEvent.click(paneOf(canvas, 'Ada').getByRole('button', { name: /^notices/ }));
    await reads(canvas, 'Ada', 'notices').findByText(/Only the station/);
    await write(canvas, 'Ada', 'Me too{Enter}', 'notices');
    await reads(canvas, 'Ada', 'notices').findByText('failed');
  }),
};
