// What belongs to one user: their notes, and the line to write one.

import { defineRoom, useRoom } from '../../src/index.js';
import { Log } from '../parts/log.js';
import { WritingLine } from '../parts/writing-line.js';

export const notesRoom = defineRoom<{ readonly text: string }>('notes');

export interface NotesProps {
  /** Their room. */
  readonly room: string;
  /** null: nobody is here. */
  readonly name: string | null;
}

const TONES = { pending: 'wait', sent: 'good', failed: 'bad' } as const;

export function Notes({ room, name }: NotesProps): React.JSX.Element {
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
      <WritingLine
        label="A note"
        placeholder={name === null ? 'Sign in to write' : `A note of ${name}`}
        verb="Write"
        may={name !== null}
        onSay={(text) => void send({ text })}
      />
    </>
  );
}
