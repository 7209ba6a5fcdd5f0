// Long poll: notifications that arrive, one that is posted, and a server that goes away in between.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Notifications } from './long-poll/notifications.js';

const meta = {
  title: 'Long poll',
  component: Notifications,
  argTypes: {
    waitSeconds: { control: { type: 'range', min: 2, max: 55, step: 1 } },
    history: { control: { type: 'range', min: 5, max: 100, step: 5 } },
  },
  args: { waitSeconds: 25, history: 30 },
} satisfies Meta<typeof Notifications>;
export default meta;

type Story = StoryObj<typeof meta>;

const patient = { timeout: 5_000 };

export const Inbox: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'Long poll: open' }, patient);
    await waitFor(() => expect(canvas.getAllByRole('listitem').length).toBeGreaterThanOrEqual(3), patient);
  }),
};

/** What is posted comes back by the held request, at once, and counts as unread. */
export const PostOne: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'Long poll: open' }, patient);
    await canvas.findByText(/^[1-9]\d* unread$/, {}, patient);
    await userEvent.click(canvas.getByRole('button', { name: 'Mark all read' }));
    const words = `The kettle is on (${Math.random().toString(36).slice(2, 7)})`;
    await userEvent.click(canvas.getByRole('radio', { name: 'Alert' }));
    await userEvent.type(canvas.getByLabelText('Text of the notification'), `${words}{Enter}`);
    await canvas.findByText(words, {}, patient);
    await canvas.findByText('Posted.', {}, patient);
    await expect(canvas.getByText(/unread$/, { selector: '.tag' })).not.toHaveTextContent(/^0 /);
  }),
};
