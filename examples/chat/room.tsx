// One room: what is said, who is there, who types, what became of each message.

import { useEffect, useRef, useState } from 'react';
import { defineRoom, useConnection, useRoom } from 'roomtone';

const chat = defineRoom<{ readonly text: string }, { readonly typing: boolean }>('chat');

export function Room(): React.JSX.Element {
  const [text, setText] = useState('');
  const { messages, others, self, more, send, retry, loadOlder } = useRoom(chat('lobby'), {
    history: 30,
    presence: { typing: text !== '' },
  });
  const { status, transport } = useConnection();
  const end = useRef<HTMLLIElement>(null);
  const newest = messages.at(-1)?.id;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [newest]);

  const typists = others.filter(({ presence }) => presence.typing).map(({ id }) => id);
  const say = (): void => {
    if (text.trim() !== '') send({ text: text.trim() });
    setText('');
  };
  return (
    <main>
      <header>
        <h1>Lobby</h1>
        <p role="status">
          {status} {transport}
        </p>
      </header>
      <p>Here: {['you', ...others.map(({ id }) => id)].join(', ')}</p>
      <ol aria-label="Messages">
        {more && (
          <li>
            <button type="button" onClick={() => void loadOlder(30).catch(() => {})}>
              Load older
            </button>
          </li>
        )}
        {messages.map(({ id, from, data, state, error }) => (
          <li key={`${from}/${id}`} data-state={state}>
            <b>{from === self.user ? 'You' : from}</b> {data.text}{' '}
            {state === 'failed' && (
              <button type="button" title={error?.message} onClick={() => void retry(id)}>
                Retry
              </button>
            )}
          </li>
        ))}
        <li ref={end} />
      </ol>
      <p className="typing">{typists.length > 0 && `${typists.join(', ')} typing …`}</p>
      <form action={say}>
        <input
          value={text}
          aria-label="Message"
          placeholder="Message"
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit">Send</button>
      </form>
    </main>
  );
}
