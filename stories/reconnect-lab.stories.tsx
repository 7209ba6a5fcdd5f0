// The reconnect lab: what is written through outages arrives, once and in order, at everybody.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Reconnect } from './reconnect-lab/reconnect.js';

const about = `Cut the server off while two people write. What is not acknowledged is said again on the next wire under the same id, so it
has its effect once; what was missed is asked for by its place in the room, so nothing falls between.

\`\`\`tsx
const { messages, send } = useRoom('lab', {
  onMessage: (message) => ledger.heard(message), // each once, in the room's order
  onGap: (gap) => ledger.gap(gap), // something is missing and will not come: said, never silent
});
const { id, done } = send({ text }); // done: acknowledged, refused, timed out …
\`\`\`

The ledger believes nobody: it counts by ids of its own. The browser writes failed requests and handshakes to its console by itself.`;

const meta = {
  title: 'Reconnect lab',
  component: Reconnect,
  argTypes: {
    initialDelayMs: { control: { type: 'range', min: 100, max: 5_000, step: 100 } },
    maxDelayMs: { control: { type: 'range', min: 500, max: 30_000, step: 500 } },
  },
  args: { initialDelayMs: 400, maxDelayMs: 2_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Reconnect>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const impatient = { initialDelayMs: 200, maxDelayMs: 400 };

const everybodyIs = async (canvas: Canvas, status: string): Promise<void> => {
  for (const name of ['Ada', 'Ben']) await canvas.findByRole('status', { name: `${name}: ${status}` });
};

const press = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('button', { name }));
const write = (canvas: Canvas, name: string, words: string): Promise<void> =>
  userEvent.type(canvas.getByLabelText(`${name} writes`), `${words}{Enter}`);
const reads = (canvas: Canvas, name: string): Canvas => within(canvas.getByRole('log', { name: `What ${name} reads` }));

/** The cells of the ledger's table, by who hears. */
const figures = (canvas: Canvas, name: string): readonly number[] =>
  within(within(canvas.getByRole('group', { name: 'The ledger' })).getByRole('row', { name: new RegExp(`^${name}`) }))
    .getAllByRole('cell')
    .map((each) => Number(each.textContent));

const verdict = (canvas: Canvas): HTMLElement => canvas.getByRole('status', { name: 'The verdict' });

/** Sent, arrived, on the way, lost, twice, out of order, gaps. */
const wholeOf = (sent: number): readonly number[] => [sent, sent, 0, 0, 0, 0, 0];

const sentSoFar = (canvas: Canvas): number => figures(canvas, 'Ada')[0] ?? 0;

async function isWhole(canvas: Canvas): Promise<void> {
  await waitFor(() => expect(verdict(canvas)).toHaveTextContent(/^All \d+ are with both, once and in order\.$/));
  const sent = sentSoFar(canvas);
  for (const name of ['Ada', 'Ben']) await expect(figures(canvas, name)).toEqual(wholeOf(sent));
}

export const TwoWriters: Story = {
  play: live(async ({ canvasElement }) => {
    await everybodyIs(within(canvasElement), 'open');
  }),
};

/** Both write while the server is away. When it is back everything is with both. */
export const WrittenWhileAway: Story = {
  args: impatient,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await everybodyIs(canvas, 'open');
    await write(canvas, 'Ada', 'before');
    await reads(canvas, 'Ben').findByText('before');
    await press(canvas, 'Cut the server');
    await everybodyIs(canvas, 'reconnecting');
    for (const words of ['one', 'two', 'three']) {
      await write(canvas, 'Ada', `Ada ${words}`);
      await write(canvas, 'Ben', `Ben ${words}`);
    }
    await waitFor(() => expect(verdict(canvas)).toHaveTextContent('6 of 7 are on the way.'));
    await expect(reads(canvas, 'Ben').queryByText('Ada one')).toBeNull();
    await press(canvas, 'Come back');
    await everybodyIs(canvas, 'open');
    await reads(canvas, 'Ben').findByText('Ada three');
    await reads(canvas, 'Ada').findByText('Ben three');
    await isWhole(canvas);
    await expect(sentSoFar(canvas)).toBe(7);
  }),
};

/** A line that breaks every two seconds, and twenty messages a second: none is lost, none comes twice. */
export const BadLine: Story = {
  args: impatient,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await everybodyIs(canvas, 'open');
    await userEvent.click(canvas.getByRole('radio', { name: '10 a second' }));
    await press(canvas, 'Cut each 2 s');
    await canvas.findByRole('status', { name: 'Ada: reconnecting' });
    await waitFor(() => expect(sentSoFar(canvas)).toBeGreaterThan(100));
    await press(canvas, 'Cut each 2 s');
    await userEvent.click(canvas.getByRole('radio', { name: 'nobody' }));
    await everybodyIs(canvas, 'open');
    await isWhole(canvas);
  }),
};
