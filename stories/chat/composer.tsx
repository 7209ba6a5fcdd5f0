// Where one writes. Says upwards what is sent, and whether somebody is typing.

import { useEffect, useState } from 'react';

export interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly onSend: (text: string) => void;
  readonly onTyping: (typing: boolean) => void;
}

/** So long after the last key one is not typing any more. */
const PAUSE_MS = 2_500;

export function Composer({ label, placeholder, onSend, onTyping }: ComposerProps): React.JSX.Element {
  const [text, setText] = useState('');

  useEffect(() => {
    if (text === '') return undefined;
    const timer = setTimeout(() => onTyping(false), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onTyping]);

  const write = (next: string): void => {
    setText(next);
    onTyping(next !== '');
  };
  const send = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === '') return;
    onSend(words);
    write('');
  };
  return (
    <form className="composer" onSubmit={send}>
      <input
        className="input"
        value={text}
        placeholder={placeholder}
        aria-label={label}
        autoComplete="off"
        onChange={({ target }) => write(target.value)}
        onBlur={() => onTyping(false)}
      />
      <button type="submit" className="button" data-look="main">
        Send
      </button>
    </form>
  );
}
