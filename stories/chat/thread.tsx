// What is said in one room, and by whom: history, paging, presence, pending and failed messages.

import { useCallback, useState } from 'react';
import { type RoomMessage, type RoomState, useRoom } from '../../src/index.js';
import { People } from '../parts/people.js';
import { Composer } from './composer.js';
import { authorOf, Line } from './line.js';
import { PAGE, type RoomName, roomOf, type Said } from './rooms.js';
import { usePlace } from './use-place.js';

export interface ThreadProps {
  /** Who reads and writes. */
  readonly of: string;
  readonly house: string;
  readonly name: RoomName;
  /** A message that nobody has acknowledged by then counts as failed. */
  readonly timeoutMs: number;
}

/** Somebody who says two things within this has said them in one breath. */
const BREATH_MS = 120_000;

/** Mounted anew for another room. */
export function Thread({ of, house, name, timeoutMs }: ThreadProps): React.JSX.Element {
  const [typing, setTyping] = useState(false);
  const [asking, setAsking] = useState(false);
  const room = useRoom(roomOf(house, name), { history: PAGE, presence: { typing } });
  const { status, messages, more, others, synced, gap, send, retry } = room;
  const list = usePlace(messages);

  const say = useCallback((text: string) => void send({ text }, { timeoutMs }), [send, timeoutMs]);
  const again = useCallback((id: string) => void retry(id), [retry]);
  const older = (): void => {
    setAsking(true);
    const done = (): void => setAsking(false);
    // what went wrong is said by the button: it is there again
    room.loadOlder(PAGE).then(done, done);
  };
  const typists = others.filter(({ presence }) => presence.typing).map(({ id }) => id);

  return (
    <div className="thread">
      <People
        label={`Who ${of} sees in ${name}`}
        self={of}
        names={others.map(({ id }) => id)}
        stale={status === 'rejoining' || !synced}
      />
      <div
        className="log thread-log"
        ref={list}
        role="log"
        aria-label={`What ${of} reads in ${name}`}
        aria-busy={status === 'joining'}
        tabIndex={0}
      >
        <div className="thread-top">
          {more ? (
            <button type="button" className="button" data-size="small" disabled={asking} onClick={older}>
              {asking ? 'Loading …' : 'Load older'}
            </button>
          ) : (
            status === 'joined' && <span className="hint">Here #{name} begins.</span>
          )}
        </div>
        {messages.map((message, i) => (
          <Line
            key={`${message.from}/${message.id}`}
            message={message}
            goesOn={goesOn(messages[i - 1], message)}
            isOwn={message.from === of}
            onRetry={again}
          />
        ))}
      </div>
      <p className="hint thread-foot" role="status" aria-label={`${of} is told`}>
        {aboutTyping(typists) || aboutRoom(status, gap)}
      </p>
      <Composer label={`${of} writes in ${name}`} placeholder={`To #${name}`} onSend={say} onTyping={setTyping} />
    </div>
  );
}

function goesOn(before: RoomMessage<Said> | undefined, message: RoomMessage<Said>): boolean {
  return before !== undefined && authorOf(before) === authorOf(message) && Math.abs(message.at - before.at) < BREATH_MS;
}

function aboutTyping(names: readonly string[]): string {
  const [one, two] = names;
  if (one === undefined) return '';
  return two === undefined ? `${one} is typing …` : `${one}, ${two} and others are typing …`;
}

function aboutRoom(status: RoomState['status'], gap: RoomState['gap']): string {
  if (status === 'rejoining') return 'Cut off: what you write now waits, and leaves when there is a wire again.';
  if (gap) return `${gap.missed ?? 'Some'} messages are missing here and will not come.`;
  return '';
}
