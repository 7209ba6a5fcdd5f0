// The session lab: tokens renewed in place, ended, refused; and a page that goes from one user to another with nothing left behind.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Session } from './session-lab/session.js';

const about = `A token that holds for some seconds. Before it ends a new one is said on the link that stands: no reconnect, no gap.

\`\`\`tsx
const getToken = async (reason) => {
  const response = await fetch('/token', { method: 'POST', body: JSON.stringify({ reason }) });
  // by this name it is final: the status is failed, the kind forbidden. Anything else is tried again
  if (response.status === 403) throw new DOMException('locked', 'NotAllowedError');
  return response.text();
};

<RealtimeProvider
  url="/realtime"
  auth={{ getToken, refreshBeforeMs: 4_000 }}
  outbox={{ storage: localStorage(), user }}
>

// closes, and keeps nothing of the user: messages, members, what waits, what is kept, the token
useRealtimeClient().signOut();
\`\`\`

Where the server ends a session early (4401), the token is asked for once more, as \`'expired'\`, and the link is made anew. Cut the network and write a note: it waits, and is
kept; then sign out, or choose the other one, and look at what is left. Notes that the server has taken come back with their owner.`;

const meta = {
  title: 'Session lab',
  component: Session,
  argTypes: {
    lifeMs: { control: { type: 'range', min: 2_000, max: 60_000, step: 1_000 } },
    refreshBeforeMs: { control: { type: 'range', min: 500, max: 30_000, step: 500 } },
  },
  args: { lifeMs: 12_000, refreshBeforeMs: 4_000 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Session>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const press = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('button', { name }));
const choose = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('radio', { name }));
const linkIs = (canvas: Canvas, status: string): Promise<HTMLElement> =>
  canvas.findByRole('status', { name: `The link: ${status}` });
const write = (canvas: Canvas, text: string): Promise<void> =>
  userEvent.type(canvas.getByLabelText('A note'), `${text}{Enter}`);
const notes = (canvas: Canvas): Canvas => within(canvas.getByRole('log', { name: 'Notes' }));

const textOf = (canvas: Canvas, label: string): string => canvas.getByText(label).nextElementSibling?.textContent ?? '';
const figureOf = (canvas: Canvas, label: string): number => Number(textOf(canvas, label));
const figureIs = (canvas: Canvas, label: string, value: number): Promise<void> =>
  waitFor(() => expect(figureOf(canvas, label)).toBe(value));

/** Nothing of anybody. */
async function isEmpty(canvas: Canvas): Promise<void> {
  for (const label of ['Shown', 'Waiting', 'Kept in the tab']) await figureIs(canvas, label, 0);
}

const short = { lifeMs: 1_600, refreshBeforeMs: 800 };

export const OneSession: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await linkIs(canvas, 'open');
    await waitFor(() => expect(textOf(canvas, 'User')).toBe('Ann'));
  }),
};

/** Two lives of a token, and still the first link. */
export const RenewedInPlace: Story = {
  args: short,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await linkIs(canvas, 'open');
    await waitFor(() => expect(figureOf(canvas, 'Renewed in place')).toBeGreaterThan(2));
    await expect(figureOf(canvas, 'Reconnects')).toBe(0);
  }),
};

/** A token that the server ends, while no other is asked for: a new one by force, and a link that is made anew by itself. */
export const EndedByTheServer: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await linkIs(canvas, 'open');
    await press(canvas, 'End it now');
    await canvas.findByText('new token: the last one is no longer taken');
    await figureIs(canvas, 'Reconnects', 1);
    await linkIs(canvas, 'open');
  }),
};

/** The service says no: failed, with its words, and nobody asks again until somebody says so. */
export const Refused: Story = {
  args: short,
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await linkIs(canvas, 'open');
    await press(canvas, 'Refuse');
    await linkIs(canvas, 'failed');
    await canvas.findByText('forbidden');
    await expect(canvas.getByText(/this account is locked/, { selector: '.why' })).toBeVisible();
    await press(canvas, 'Refuse');
    await press(canvas, 'Try again');
    await linkIs(canvas, 'open');
  }),
};

/** A note that waits and is kept goes with its user; what the server has taken comes back with them. */
export const AnotherUser: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await linkIs(canvas, 'open');
    await write(canvas, 'Ann one');
    await write(canvas, 'Ann two');
    await figureIs(canvas, 'Waiting', 0);
    await press(canvas, 'Cut');
    await linkIs(canvas, 'reconnecting');
    await write(canvas, 'Ann three');
    await figureIs(canvas, 'Waiting', 1);
    await figureIs(canvas, 'Kept in the tab', 1);
    await figureIs(canvas, 'Shown', 3);
    await choose(canvas, 'Ben');
    await isEmpty(canvas);
    await expect(textOf(canvas, 'User')).toBe('nobody');
    await press(canvas, 'Cut');
    await linkIs(canvas, 'open');
    await waitFor(() => expect(textOf(canvas, 'User')).toBe('Ben'));
    await isEmpty(canvas);
    await write(canvas, 'Ben one');
    await figureIs(canvas, 'Shown', 1);
    await press(canvas, 'Sign out');
    await linkIs(canvas, 'closed');
    await isEmpty(canvas);
    await expect(textOf(canvas, 'User')).toBe('nobody');
    await choose(canvas, 'Ann');
    await linkIs(canvas, 'open');
    await notes(canvas).findByText('Ann two');
    await figureIs(canvas, 'Shown', 2);
    await expect(notes(canvas).queryByText('Ann three')).toBeNull();
    await expect(notes(canvas).queryByText('Ben one')).toBeNull();
  }),
};
