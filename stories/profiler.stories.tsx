// The profiler: what a flood costs with the hooks of this package, and with a naive one beside them.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { live } from './parts/live.js';
import { ProfilerLab } from './profiler/lab.js';

const about = `Up to five thousand messages a second, up to five hundred components with a hook each, and what the page has to do for them.

\`\`\`tsx
const { status } = useWebSocket(url); // renders for no message
const { lastMessage } = useWebSocket(url); // renders once per frame, all components in one commit
const { selected } = useWebSocket(url, { select: ({ count }) => Math.floor(count / 1_000) }); // once in a thousand
\`\`\`

Switch to the \`useState\` hook, and the same flood renders every component for every message. Commits are counted by React's \`<Profiler>\`, frames by
\`requestAnimationFrame\`, tasks by the browser's own \`longtask\` entries, which tell of those over 50 ms.`;

const meta = {
  title: 'Profiler',
  component: ProfilerLab,
  argTypes: {
    perSecond: { control: 'select', options: [0, 1, 10, 60, 200, 500, 1_000, 2_000, 5_000] },
    components: { control: 'select', options: [1, 10, 50, 100, 200, 500] },
    field: { control: 'select', options: ['status', 'slice', 'lastMessage', 'messages'] },
    hook: { control: 'inline-radio', options: ['roomtone', 'useState'] },
  },
  args: { perSecond: 1_000, components: 100, field: 'lastMessage', hook: 'roomtone' },
  // another start is another lab
  render: (args) => <ProfilerLab key={JSON.stringify(args)} {...args} />,
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof ProfilerLab>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const COLUMNS = { messages: 0, commits: 1, renders: 2 } as const;

/** NaN as long as it was not measured. */
const figure = (canvas: Canvas, hook: string, column: keyof typeof COLUMNS): number => {
  const cell = within(canvas.getByRole('row', { name: new RegExp(`^${hook}`) })).getAllByRole('cell')[COLUMNS[column]];
  return Number.parseInt((cell?.textContent ?? '').replaceAll(',', ''), 10);
};

export const Flooded: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await waitFor(() => expect(figure(canvas, 'useWebSocket', 'commits')).toBeGreaterThan(0));
  }),
};

/** A flood that nobody reads renders nobody. The naive hook renders everybody for it. */
export const NobodyReads: Story = {
  args: { perSecond: 2_000, field: 'status' },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await waitFor(() => expect(figure(canvas, 'useWebSocket', 'messages')).toBeGreaterThan(0));
    for (const column of ['commits', 'renders'] as const) await expect(figure(canvas, 'useWebSocket', column)).toBe(0);
    await userEvent.click(canvas.getByRole('radio', { name: 'useState' }));
    await waitFor(() => expect(figure(canvas, 'useState', 'renders')).toBeGreaterThan(0));
    await userEvent.click(canvas.getByRole('radio', { name: 'useWebSocket' }));
  }),
};
