// One person's view of the board: folds the room's messages, says moves, shows who holds which card.

import { useLayoutEffect, useRef, useState } from 'react';
import { useRoom } from '../../src/index.js';
import { People } from '../parts/people.js';
import { boardOf, boardRoom, type Column, COLUMNS, type Direction, findCard, stepOf } from './board.js';
import { Card } from './card.js';

export interface PaneProps {
  readonly name: string;
  readonly house: string;
}

/** As many moves as a board lives through. One that lives longer begins with a snapshot from the app's database. */
const MOVES = 1_000;

export function Pane({ name, house }: PaneProps): React.JSX.Element {
  const [holds, setHolds] = useState<string | null>(null);
  const { messages, others, synced, send, retry } = useRoom(boardRoom(house), { history: MOVES, presence: { holds } });
  const root = useRef<HTMLDivElement>(null);
  const moved = useRef<{ readonly card: string; readonly button: string; readonly to: Column } | null>(null);
  const board = boardOf(messages);
  const failed = messages.filter(({ state }) => state === 'failed');

  // a card that changes its column is another element there: the focus goes with it
  useLayoutEffect(() => {
    const { current: wish } = moved;
    if (!wish || findCard(board, wish.card)?.column !== wish.to) return;
    moved.current = null;
    root.current?.querySelector<HTMLElement>(`[data-card="${wish.card}"] [data-do="${wish.button}"]`)?.focus();
  });

  const step = (card: string, direction: Direction): void => {
    const move = stepOf(board, card, direction);
    if (move?.do !== 'move') return;
    const { dataset } = document.activeElement instanceof HTMLElement ? document.activeElement : {};
    moved.current = { card, button: dataset?.['do'] ?? direction, to: move.to };
    send(move);
  };
  const drop = (event: React.DragEvent, to: Column): void => {
    event.preventDefault();
    const card = event.dataTransfer.getData('text/plain');
    const over = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-card]') : null;
    const before = over?.dataset['card'] ?? null;
    if (findCard(board, card) && before !== card) send({ do: 'move', card, to, before });
  };
  const add = (to: Column, text: string): void => {
    send({ do: 'add', card: crypto.randomUUID(), text, to });
  };

  return (
    <>
      <div className="row spread">
        <People label={`Who ${name} sees`} self={name} names={others.map(({ id }) => id)} stale={!synced} />
        <p className="hint board-head" role="status" aria-label={`${name} is told`}>
          {failed.length > 0 && (
            <>
              {failed.length} {failed.length === 1 ? 'move was' : 'moves were'} not made: {failed[0]?.error?.message}{' '}
              <button
                type="button"
                className="button"
                data-size="small"
                onClick={() => failed.forEach(({ id }) => retry(id))}
              >
                Retry
              </button>
            </>
          )}
        </p>
      </div>
      <div className="board" ref={root}>
        {COLUMNS.map((column) => (
          <section
            key={column}
            className="column"
            aria-label={`${column}, as ${name} sees it`}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => drop(event, column)}
          >
            <h3 className="column-title">
              {column} <span>{board[column].length}</span>
            </h3>
            <ul className="cards">
              {board[column].map((card) => (
                <Card
                  key={card.id}
                  card={card}
                  heldBy={others.filter(({ presence }) => presence.holds === card.id).map(({ id }) => id)}
                  can={(direction) => stepOf(board, card.id, direction) !== undefined}
                  onMove={(direction) => step(card.id, direction)}
                  onRemove={() => void send({ do: 'remove', card: card.id })}
                  onHold={(held) => setHolds(held ? card.id : null)}
                />
              ))}
            </ul>
            <NewCard label={`New card in ${column}, by ${name}`} onAdd={(text) => add(column, text)} />
          </section>
        ))}
      </div>
    </>
  );
}

interface NewCardProps {
  readonly label: string;
  readonly onAdd: (text: string) => void;
}

function NewCard({ label, onAdd }: NewCardProps): React.JSX.Element {
  const [text, setText] = useState('');
  const add = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') onAdd(text.trim());
    setText('');
  };
  return (
    <form onSubmit={add}>
      <input
        className="input"
        value={text}
        placeholder="Add …"
        aria-label={label}
        autoComplete="off"
        onChange={({ target }) => setText(target.value)}
      />
    </form>
  );
}
