// One card of the board, with its buttons. The arrow keys do the same from any of them.

import { personal } from '../parts/people.js';
import type { Card as CardData, Direction } from './board.js';

export interface CardProps {
  readonly card: CardData;
  /** Others who have their hands on it. */
  readonly heldBy: readonly string[];
  readonly can: (direction: Direction) => boolean;
  readonly onMove: (direction: Direction) => void;
  readonly onRemove: () => void;
  readonly onHold: (held: boolean) => void;
}

const BUTTONS = [
  ['left', '←'],
  ['up', '↑'],
  ['down', '↓'],
  ['right', '→'],
] as const;

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowRight: 'right',
};

export function Card({ card, heldBy, can, onMove, onRemove, onHold }: CardProps): React.JSX.Element {
  const { id, text, pending } = card;
  const [holder] = heldBy;
  const press = (event: React.KeyboardEvent): void => {
    const direction = KEYS[event.key];
    if (direction) onMove(direction);
    else if (event.key === 'Delete') onRemove();
    else return;
    event.preventDefault();
  };
  return (
    <li
      className="card"
      data-card={id}
      data-pending={pending}
      data-held={holder !== undefined}
      style={holder === undefined ? undefined : personal(holder)}
      draggable
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData('text/plain', id);
        dataTransfer.effectAllowed = 'move';
      }}
      onKeyDown={press}
      onFocus={() => onHold(true)}
      onBlur={() => onHold(false)}
    >
      <span className="card-text">{text}</span>
      <span className="card-buttons">
        {BUTTONS.map(([direction, sign]) => (
          <button
            key={direction}
            type="button"
            data-do={direction}
            aria-label={`Move “${text}” ${direction}`}
            // not `disabled`: a card at the edge must not lose the focus
            aria-disabled={!can(direction)}
            onClick={() => onMove(direction)}
          >
            {sign}
          </button>
        ))}
        <button type="button" data-do="remove" aria-label={`Remove “${text}”`} onClick={onRemove}>
          ×
        </button>
      </span>
      {(pending || holder !== undefined) && <span className="card-note">{pending ? 'saving …' : holder}</span>}
    </li>
  );
}
