// A figure with its name. Its place does not change with its value.

import type { ReactNode } from 'react';

export interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly unit?: string | undefined;
  readonly note?: ReactNode;
  readonly tone?: 'good' | 'bad' | 'wait' | undefined;
}

export function Stat({ label, value, unit, note, tone }: StatProps): React.JSX.Element {
  return (
    <div className="stat" data-tone={tone}>
      <dt className="stat-label">{label}</dt>
      <dd className="stat-value">
        {value}
        {unit !== undefined && <span className="stat-unit">{unit}</span>}
      </dd>
      {note !== undefined && <dd className="stat-note">{note}</dd>}
    </div>
  );
}

export function Stats({ children }: { readonly children: ReactNode }): React.JSX.Element {
  return <dl className="stats">{children}</dl>;
}
