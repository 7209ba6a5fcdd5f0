// A list that grows at its end, in a window that does not. Follows the end until somebody scrolls away from it.

import { type ReactNode, useEffect, useRef } from 'react';

export interface LogProps {
  readonly label: string;
  /** What is said while there is nothing. */
  readonly empty: string;
  readonly height?: number;
  /** Changes when a line was added. */
  readonly version: unknown;
  readonly children: ReactNode;
}

export function Log({ label, empty, height = 180, version, children }: LogProps): React.JSX.Element {
  const window = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useEffect(() => {
    const element = window.current;
    if (element && following.current) element.scrollTop = element.scrollHeight;
  }, [version]);
  const onScroll = (): void => {
    const element = window.current;
    if (element) following.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
  };
  const none = Array.isArray(children) && children.length === 0;
  return (
    <div
      className="log"
      ref={window}
      role="log"
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll}
      style={{ '--log-height': `${height}px` } as React.CSSProperties}
    >
      {none ? <p className="log-empty">{empty}</p> : children}
    </div>
  );
}
