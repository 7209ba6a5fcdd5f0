// What a reader shows and what it is given: slow to render, marked for the audit. Reads nothing from outside.

import { createContext, type ReactNode, useContext } from 'react';
import type { UseWebSocketOptions } from '../../../src/index.js';
import { slow } from './work.js';
import type { Group } from './words.js';

export interface SceneParts {
  readonly options: Pick<UseWebSocketOptions<number>, 'WebSocket' | 'flush' | 'retry' | 'history'>;
  readonly rendered: (turn: number) => void;
}
export const Parts = createContext<SceneParts | null>(null);

export function useParts(): SceneParts {
  const parts = useContext(Parts);
  if (!parts) throw new Error('no scene stands above');
  return parts;
}

const SLOW_MS = 1;

interface ShownProps {
  readonly of: Group;
  readonly turn: number;
  readonly children: ReactNode;
}
export function Shown({ of, turn, children }: ShownProps): ReactNode {
  const { rendered } = useParts();
  return (
    <i data-of={of} data-turn={turn}>
      {busy(rendered, turn, children)}
    </i>
  );
}

/** Slow, and gives what it was given: so no compiler leaves it out. */
function busy(rendered: (turn: number) => void, turn: number, children: ReactNode): ReactNode {
  rendered(turn);
  slow(SLOW_MS);
  return children;
}

export interface ReaderProps {
  readonly turn: number;
}
export interface N {
  readonly n: number;
}

export const show = (value: number | undefined): string => String(value ?? 0);
