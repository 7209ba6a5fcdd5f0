// The ladder lab: a link that steps down where the better ways are blocked, and climbs back up, with nothing lost.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { Ladder } from './ladder-lab/ladder.js';
import { live } from './parts/live.js';

const about = `One link over the best of four ways that gets through. Block the better ones, and read which one carries it, since when, and why not a better one.

\`\`\`tsx
<RealtimeProvider url="/realtime" fallback={{ probeAfterMs: 3_000, tryMs: 2_000 }}>

const { transport, skipped } = useConnection();
// 'long-poll', [{ transport: 'websocket', why: 'refused (1006)' }, { transport: 'sse', why: 'refused (502)' }]
\`\`\`

On a lower rung the better ones are tried beside the link in use, after \`probeAfterMs\` (30 s unless you say otherwise), and twice as long after each time in
vain. What opens takes over: the status stays \`open\`, and nothing is lost or doubled. Messages are numbered on both sides, and the counts below believe nobody else.
The browser writes handshakes and requests that fail to its console by itself.`;

const meta = {
  title: 'Ladder lab',
  component: Ladder,
  argTypes: {
    probeAfterMs: { control: { type: 'range', min: 500, max: 30_000, step: 500 } },
    tryMs: { control: { type: 'range', min: 500, max: 8_000, step: 500 } },
    perSecond: { control: 'select', options: [0, 1, 5, 20] },
  },
  args: { probeAfterMs: 3_000, tryMs: 2_000, perSecond: 5 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Ladder>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const rung = (canvas: Canvas, name: string): HTMLElement => {
  const found = canvas.getByRole('heading', { name }).closest('li');
  if (!found) throw new Error(`there is no rung ${name}`);
  return found;
};

const carries = (canvas: Canvas, name: string): Promise<void> =>
  waitFor(() => expect(rung(canvas, name)).toHaveAttribute('data-state', 'in use'));

const press = (canvas: Canvas, name: string): Promise<void> => userEvent.click(canvas.getByRole('button', { name }));

const figureOf = (canvas: Canvas, way: string, label: string): number =>
  Number(
    within(canvas.getByRole('region', { name: way }))
      .getByText(label)
      .nextElementSibling?.textContent?.replace(/\D/g, ''),
  );

const WAYS = ['From the server', 'To the server and back'];

async function bothWaysGoOn(canvas: Canvas): Promise<void> {
  const before = WAYS.map((way) => figureOf(canvas, way, 'Arrived'));
  await waitFor(() =>
    WAYS.forEach((way, i) => expect(figureOf(canvas, way, 'Arrived')).toBeGreaterThan((before[i] ?? 0) + 3)),
  );
  await expect(canvas.getByRole('status', { name: 'The verdict' })).toHaveTextContent('Lost 0, doubled 0, both ways.');
}

export const FourRungs: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await canvas.findByRole('status', { name: 'The link: open' });
    await carries(canvas, 'WebSocket');
  }),
};

/** Every status of the link that is shown from now on. */
function watchLink(canvas: Canvas): () => readonly (string | null)[] {
  const badge = canvas.getByRole('status', { name: /^The link/ });
  const shown = [badge.textContent];
  const observer = new MutationObserver(() => shown.push(badge.textContent));
  observer.observe(badge, { childList: true, characterData: true, subtree: true });
  return () => (observer.disconnect(), shown);
}

/** Upgrades, then streams are blocked: it steps down twice. Freed, it climbs back by itself, and the status stays open. */
export const DownAndUp: Story = {
  args: { probeAfterMs: 1_000, tryMs: 1_000, perSecond: 20 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await carries(canvas, 'WebSocket');
    await bothWaysGoOn(canvas);
    await press(canvas, 'Block upgrades');
    await carries(canvas, 'Server-Sent Events');
    await expect(rung(canvas, 'WebSocket')).toHaveTextContent(/skipped.*1006/);
    await bothWaysGoOn(canvas);
    await press(canvas, 'Block streams');
    await carries(canvas, 'Long poll');
    await expect(rung(canvas, 'Server-Sent Events')).toHaveTextContent(/skipped.*502/);
    await bothWaysGoOn(canvas);
    const shown = watchLink(canvas);
    await press(canvas, 'Block upgrades');
    await press(canvas, 'Block streams');
    await carries(canvas, 'WebSocket');
    await bothWaysGoOn(canvas);
    await expect(shown()).toEqual(['open']);
  }),
};

/** Where nothing is let through but short requests, it polls. A new connection begins at the top. */
export const OnTheLastRung: Story = {
  args: { probeAfterMs: 1_000, tryMs: 1_000, perSecond: 20 },
  play: live(async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await carries(canvas, 'WebSocket');
    for (const name of ['Block long polls', 'Block streams', 'Block upgrades']) await press(canvas, name);
    await carries(canvas, 'Poll');
    await bothWaysGoOn(canvas);
    for (const name of ['Block long polls', 'Block streams', 'Block upgrades']) await press(canvas, name);
    await press(canvas, 'Connect anew');
    await carries(canvas, 'WebSocket');
    await bothWaysGoOn(canvas);
  }),
};
