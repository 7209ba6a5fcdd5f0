// Live cursors: presence as often as a pointer moves, told as often as one chooses.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, fireEvent, userEvent, waitFor, within } from 'storybook/test';
import { Cursors } from './live-cursors/cursors.js';
import { live } from './parts/live.js';

const about = `Where somebody points is presence: only the newest place counts, nobody keeps it, and it is gone with them.

\`\`\`tsx
<RealtimeProvider url="/realtime" presenceThrottleMs={50}>…</RealtimeProvider>;

const [mine, update] = usePresence(table, { at: null });
const others = useOthers(table);

<div onPointerMove={(event) => update({ at: pointOf(event) })} />;
\`\`\`

A call is a message that is said now or never: \`send(point, { type: 'call', volatile: true })\`, heard by \`useRoomEvent(table, 'call', …)\`.`;

const meta = {
  title: 'Live cursors',
  component: Cursors,
  argTypes: { throttleMs: { control: { type: 'inline-radio' }, options: [16, 50, 200, 1_000] } },
  args: { throttleMs: 50 },
  parameters: { docs: { description: { component: about } } },
} satisfies Meta<typeof Cursors>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const tableOf = (canvas: Canvas, name: string): HTMLElement =>
  canvas.getByRole('application', { name: `The table of ${name}` });

const cursorOn = (table: HTMLElement, of: string): HTMLElement | null =>
  table.querySelector(`.cursor[data-of="${of}"]`);

/** Shares of the table, as they were told. */
function placeOf(cursor: HTMLElement | null): readonly [x: number, y: number] | null {
  const { style } = cursor ?? {};
  return style ? [Number(style.getPropertyValue('--x')), Number(style.getPropertyValue('--y'))] : null;
}

async function open(canvasElement: HTMLElement): Promise<Canvas> {
  const canvas = within(canvasElement);
  for (const [name, other] of [
    ['Ada', 'Ben'],
    ['Ben', 'Ada'],
  ] as const) {
    await canvas.findByRole('status', { name: `${name}: open` });
    await within(canvas.getByRole('list', { name: `Who ${name} sees` })).findByText(other);
  }
  return canvas;
}

export const TwoTables: Story = {
  play: live(async ({ canvasElement }) => {
    await open(canvasElement);
  }),
};

/** A stroke of a hundred moves: the last place arrives, and far fewer are told. Who goes away is gone. */
export const Pointer: Story = {
  args: { throttleMs: 200 },
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    const [ada, ben] = [tableOf(canvas, 'Ada'), tableOf(canvas, 'Ben')];
    const { left, top, width, height } = ada.getBoundingClientRect();
    for (let i = 1; i <= 100; i++)
      await fireEvent.pointerMove(ada, { clientX: left + (width * i) / 125, clientY: top + height / 4 });
    await waitFor(() => expect(placeOf(cursorOn(ben, 'Ada'))).toEqual([0.8, 0.25]));
    await expect(cursorOn(ada, 'Ada')).toBeNull();
    const pane = within(canvas.getByRole('region', { name: 'Ben' }));
    await waitFor(() => expect(pane.getByText(/^([1-9]|[1-4]\d) in all$/)).toBeVisible());
    await userEvent.unhover(ada);
    await fireEvent.pointerLeave(ada);
    await waitFor(() => expect(cursorOn(ben, 'Ada')).toBeNull());
  }),
};

/** The same without a mouse; what one calls is seen by both. */
export const Keyboard: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    const [ada, ben] = [tableOf(canvas, 'Ada'), tableOf(canvas, 'Ben')];
    for (let i = 0; i < 20 && document.activeElement !== ben; i++) await userEvent.tab();
    await expect(ben).toHaveFocus();
    await waitFor(() => expect(placeOf(cursorOn(ada, 'Ben'))).toEqual([0.5, 0.5]));
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{Shift>}{ArrowUp}{/Shift}');
    await waitFor(() => expect(placeOf(cursorOn(ada, 'Ben'))).toEqual([0.54, 0.4]));
    await expect(placeOf(cursorOn(ben, 'Ben'))).toEqual([0.54, 0.4]);
    await userEvent.keyboard(' ');
    await waitFor(() => expect(ada.querySelector('.call')).not.toBeNull());
    await userEvent.tab({ shift: true });
    await waitFor(() => expect(cursorOn(ada, 'Ben')).toBeNull());
  }),
};
