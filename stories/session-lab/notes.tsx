// What belongs to one user: their notes, and the line to write one.

import { useState } from 'react';
import { defineRoom, useRoom } from '../../src/index.js';
import { Log } from '../parts/log.js';

export const notesRoom = defineRoom<{ readonly text: string }>('notes');

export interface NotesProps {
  /** Their room. */
  readonly room: string;
  /** null: nobody is here. */
  readonly name: string | null;
}

const TONES = { pending: 'wait', sent: 'good', failed: 'bad' } as const;

export function Notes({ room, name }: NotesProps): React.JSX.Element {
  const [text, setText] = useState('');
  const { messages, send } = useRoom(notesRoom(room));
  return (
    <>
      <Log
        label="Notes"
        empty={name === null ? 'Nobody is here.' : `${name} has no notes.`}
        version={messages}
        height={176}
      >
        {messages.map(({ id, data, state }) => (
          <p className="log-line item" key={id} data-state={state}>
            <span className="log-text">{data.text}</span>
            <span />
            <span className="tag" data-tone={TONES[state]}>
              {state}
            </span>
          </p>
        ))}
      </Log>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          if (name === null || text.trim() === '') return;
          send({ text: text.trim() });
          setText('');
        }}
      >
        <input
          className="input"
          value={text}
          placeholder={name === null ? 'Sign in to write' : `A note of ${name}`}
          aria-label="A note"
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit" className="button" data-look="main" aria-disabled={name === null}>
          Write
        </button>
      </form>
    </>
  );
}
