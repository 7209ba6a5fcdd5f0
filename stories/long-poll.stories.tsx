// Long poll: notifications that arrive, one that is posted, and a server that goes away in between.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { Notifications } from './long-poll/notifications.js';

const about = `Notifications with plain requests: each is held until there is news, answered, and asked again from where it ended.

\`\`\`tsx
const { messages, count, send } = useLongPoll<Note, Note>('/realtime?room=notifications&wait=25', {
  uplink: '/realtime?room=notifications',
});
\`\`\`

\`uplink\` is where \`send\` posts to.`;

const meta = {
  title: 'Long poll',
  component: Notifications,
  argTypes: {
    waitSeconds: { control: { type: 'range', min: 2, max: 55, step: 1 } },
    history: { control: { type: 'range', min: 5, max: 100, step: 5 } },
  },
  args: { waitSeconds: 25, history: 30 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Notifications>;
export default meta;

type Story = StoryObj<typeof meta>;

export const Inbox: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'Long poll: open' });
    await waitFor(() => expect(canvas.getAllByRole('listitem').length).toBeGreaterThanOrEqual(3));
  }),
};

/** What is posted comes back by the held request, at once, and counts as unread. */
export const PostOne: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'Long poll: open' });
    await canvas.findByText(/^[1-9]\d* unread$/);
    await userEvent.click(canvas.getByRole('button', { name: 'Mark all read' }));
    const words = `The kettle is on (${Math.random().toString(36).slice(2, 7)})`;
    await userEvent.click(canvas.getByRole('radio', { name: 'Alert' }));
    await userEvent.type(canvas.getByLabelText('Text of the notification'), `${words}{Enter}`);
    await canvas.findByText(words);
    await canvas.findByText('Posted.');
    await expect(canvas.getByText(/unread$/, { selector: '.tag' })).not.toHaveTextContent(/^0 /);
  }),
};
