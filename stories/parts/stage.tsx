// The frame of a story: title, what it shows, panels. No state.

import type { ReactNode } from 'react';

export interface StageProps {
  readonly title: string;
  /** One or two sentences: what one sees here, and what to try. */
  readonly lead: ReactNode;
  readonly children: ReactNode;
}

export function Stage({ title, lead, children }: StageProps): React.JSX.Element {
  return (
    <main className="stage">
      <div className="stage-inner">
        <header className="stage-head">
          <h1 className="stage-title">{title}</h1>
          <p className="stage-lead">{lead}</p>
        </header>
        {children}
      </div>
    </main>
  );
}

export interface PanelProps {
  readonly title: string;
  /** At the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, aside, children }: PanelProps): React.JSX.Element {
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <h2 className="panel-title">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
