// A line to write in, and a button: what is written goes out trimmed, and the line is empty again. Holds the draft.

import { useState } from 'react';

export interface WritingLineProps {
  readonly label: string;
  readonly placeholder: string;
  /** What the button says. Default `Send`. */
  readonly verb?: string;
  /** false: the line is there, and nothing goes out. Default true. */
  readonly may?: boolean;
  onSay(text: string): void;
  /** The draft changed, also to nothing where it was said. */
  readonly onDraft?: (text: string) => void;
  /** The line is left. */
  readonly onLeave?: () => void;
}

export function WritingLine({
  label,
  placeholder,
  verb = 'Send',
  may = true,
  onSay,
  onDraft,
  onLeave,
}: WritingLineProps): React.JSX.Element {
  const [text, setText] = useState('');
  const write = (next: string): void => {
    setText(next);
    onDraft?.(next);
  };
  const say = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    if (!may || text.trim() === '') return;
    onSay(text.trim());
    write('');
  };
  return (
    <form className="composer" onSubmit={say}>
      <input
        className="input"
        value={text}
        placeholder={placeholder}
        aria-label={label}
        autoComplete="off"
        onChange={({ target }) => write(target.value)}
        onBlur={onLeave}
      />
      <button type="submit" className="button" data-look="main" aria-disabled={!may}>
        {verb}
      </button>
    </form>
  );
}
