// A kanban board: the same fold for everybody, one's own moves at once.

import type { Meta, StoryObj } from '@storybook/react-vite';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { Kanban } from './kanban/kanban.js';
import { live } from './parts/live.js';

const about = `A board without a store of its own: it is the pure fold of its room's messages, in the room's order.

\`\`\`tsx
const { messages, send } = useRoom(board('main'), { history: 1_000 });
const columns = boardOf(messages); // messages.reduce(reduceBoard, firstBoard)

<button onClick={() => send({ do: 'move', card, to: 'Done', before: null })}>Done</button>;
\`\`\`

What one sends is in \`messages\` at once, behind all that has a place. So the fold is optimistic by itself, and is put right by itself
when somebody else was faster. Over longer than a history the first board comes from a database.`;

const meta = {
  title: 'Kanban board',
  component: Kanban,
  parameters: { controls: { disable: true }, docs: { description: { component: about } } },
} satisfies Meta<typeof Kanban>;
export default meta;

type Story = StoryObj<typeof meta>;
type Canvas = ReturnType<typeof within>;

const columnOf = (canvas: Canvas, name: string, column: string): HTMLElement =>
  canvas.getByRole('region', { name: `${column}, as ${name} sees it` });

const cardsOf = (canvas: Canvas, name: string, column: string): readonly (string | null | undefined)[] =>
  [...columnOf(canvas, name, column).querySelectorAll('.card-text')].map((each) => each.textContent);

const buttonOf = (canvas: Canvas, name: string, label: string): HTMLElement =>
  within(canvas.getByRole('region', { name })).getByRole('button', { name: label });

const both = async (check: (name: string) => Promise<void> | void): Promise<void> => {
  for (const name of ['Ada', 'Ben']) await waitFor(() => check(name));
};

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

export const TwoBoards: Story = {
  play: live(async ({ canvasElement }) => {
    await open(canvasElement);
  }),
};

/** Added by one, moved by the other, removed by the first: both see the same. */
export const AddMoveRemove: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    await userEvent.type(canvas.getByLabelText('New card in To do, by Ada'), 'Buy coffee{Enter}');
    await expect(cardsOf(canvas, 'Ada', 'To do').at(-1)).toBe('Buy coffee');
    await waitFor(() => expect(cardsOf(canvas, 'Ben', 'To do').at(-1)).toBe('Buy coffee'));
    await userEvent.click(buttonOf(canvas, 'Ben', 'Move “Buy coffee” right'));
    await both((name) => expect(cardsOf(canvas, name, 'Doing')).toEqual(['Timetable as a stream', 'Buy coffee']));
    await userEvent.click(buttonOf(canvas, 'Ada', 'Remove “Buy coffee”'));
    await both((name) => expect(cardsOf(canvas, name, 'Doing')).toEqual(['Timetable as a stream']));
  }),
};

/** With the arrow keys alone. The focus goes with the card, and the other one sees who holds it. */
export const Keyboard: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    buttonOf(canvas, 'Ada', 'Move “Ask about the lift” up').focus();
    await waitFor(() => expect(columnOf(canvas, 'Ben', 'To do').querySelector('[data-held=true]')).not.toBeNull());
    await userEvent.keyboard('{ArrowUp}');
    await waitFor(() =>
      expect(cardsOf(canvas, 'Ada', 'To do')).toEqual([
        'Write to the stations',
        'Ask about the lift',
        'Dark mode for platform 9',
      ]),
    );
    await userEvent.keyboard('{ArrowRight}');
    await both((name) => expect(cardsOf(canvas, name, 'Doing')).toContain('Ask about the lift'));
    await waitFor(() => expect(buttonOf(canvas, 'Ada', 'Move “Ask about the lift” up')).toHaveFocus());
    await userEvent.keyboard('{ArrowRight}');
    await both((name) => expect(cardsOf(canvas, name, 'Done')).toContain('Ask about the lift'));
    await waitFor(() => expect(columnOf(canvas, 'Ben', 'Done').querySelector('[data-held=true]')).not.toBeNull());
  }),
};

/** A card is dragged onto another one, and lies before it. */
export const Drag: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    const dataTransfer = new DataTransfer();
    const cardOf = (column: string, text: string): HTMLElement =>
      within(columnOf(canvas, 'Ada', column)).getByText(text);
    const drag = (type: string, over: HTMLElement): void =>
      void over.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
    drag('dragstart', cardOf('Done', 'The font'));
    drag('dragover', cardOf('Doing', 'Timetable as a stream'));
    drag('drop', cardOf('Doing', 'Timetable as a stream'));
    await both((name) => expect(cardsOf(canvas, name, 'Doing')).toEqual(['The font', 'Timetable as a stream']));
  }),
};

/** Without a server everybody goes on, each for themselves. With one again there is one board. */
export const ApartAndTogether: Story = {
  play: live(async ({ canvasElement }) => {
    const canvas = await open(canvasElement);
    const away = canvas.getByRole('button', { name: 'Server away' });
    await userEvent.click(away);
    for (const name of ['Ada', 'Ben']) await canvas.findByRole('status', { name: `${name}: reconnecting` });
    await userEvent.click(buttonOf(canvas, 'Ada', 'Move “Write to the stations” right'));
    await userEvent.click(buttonOf(canvas, 'Ben', 'Move “Timetable as a stream” right'));
    await userEvent.click(buttonOf(canvas, 'Ben', 'Remove “The font”'));
    await expect(cardsOf(canvas, 'Ada', 'Doing')).toContain('Write to the stations');
    await expect(within(columnOf(canvas, 'Ada', 'Doing')).getByText('saving …')).toBeVisible();
    await expect(cardsOf(canvas, 'Ben', 'Doing')).toEqual([]);
    await userEvent.click(away);
    await both((name) => expect(cardsOf(canvas, name, 'Doing')).toEqual(['Write to the stations']));
    await both((name) => expect(cardsOf(canvas, name, 'Done')).toEqual(['Timetable as a stream']));
    await waitFor(() => expect(canvas.queryByText('saving …')).toBeNull());
  }),
};
