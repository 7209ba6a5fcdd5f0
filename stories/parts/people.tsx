// People by their initials, each in a colour of their own. No state.

import type { ReactNode } from 'react';

/** 1 to 4: the same for a name wherever it is shown, and another for the next letter. */
const colorOf = (name: string): number => (((name.codePointAt(0) ?? 1) - 1) % 4) + 1;

/** `--person`: the colour of somebody's things. */
export const personal = (name: string): React.CSSProperties =>
  ({ '--person': `var(--series-${colorOf(name)})` }) as React.CSSProperties;

export function Avatar({ name }: { readonly name: string }): React.JSX.Element {
  return (
    <span className="avatar" style={personal(name)} aria-hidden="true">
      {name.slice(0, 1)}
    </span>
  );
}

export interface PeopleProps {
  /** Where they are, for those who listen. */
  readonly label: string;
  readonly names: readonly string[];
  /** The reader, if they are there too: the first one. */
  readonly self?: string | null;
  /** Said while the list may be old. */
  readonly stale?: boolean;
}

/** Who is here. As high with nobody as with everybody. */
export function People({ label, names, self, stale = false }: PeopleProps): React.JSX.Element {
  const shown: readonly (readonly [name: string, note: ReactNode])[] = [
    ...(self ? [[self, ' (you)'] as const] : []),
    ...names.filter((each) => each !== self).map((each) => [each, ''] as const),
  ];
  return (
    <ul className="people" aria-label={label} data-stale={stale}>
      {shown.map(([name, note]) => (
        <li key={name}>
          <Avatar name={name} />
          <span>
            {name}
            {note}
          </span>
        </li>
      ))}
    </ul>
  );
}
