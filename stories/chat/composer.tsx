// Where one writes. Says upwards what is sent, and whether somebody is typing.

import { useEffect, useState } from 'react';
import { WritingLine } from '../parts/writing-line.js';

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

  return (
    <WritingLine
      label={label}
      placeholder={placeholder}
      onSay={onSend}
      onDraft={(next) => {
        setText(next);
        onTyping(next !== '');
      }}
      onLeave={() => onTyping(false)}
    />
  );
}
