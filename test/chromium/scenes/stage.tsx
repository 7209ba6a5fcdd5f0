// What a scene renders: the walls that its act needs, and the things that React may interrupt. Sends nothing.

import * as React from 'react';
import { type ReactNode, Profiler, Suspense, useDeferredValue, useEffect, useState } from 'react';
import type { Audit } from './audit.js';
import { Wall } from './readers.js';
import type { Act, Play } from './words.js';

/** What a component waits for, as those that fetch do it in every version of React: it throws the promise. */
export interface Gate {
  open(): void;
  wait(): void;
}
export function createGate(): Gate {
  let isOpen = false;
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    open() {
      isOpen = true;
      open();
    },
    wait() {
      if (!isOpen) throw opened;
    },
  };
}

export interface Screen {
  readonly turn: number;
  readonly walls: number;
  readonly clicks: number;
  readonly gate: Gate | undefined;
}
const START: Screen = { turn: 0, walls: 1, clicks: 0, gate: undefined };

function Waits({ gate }: { readonly gate: Gate | undefined }): ReactNode {
  gate?.wait();
  return null;
}

/** Twice as long to render: so that what is told a little later than it comes is still in the middle of the work. */
function Walls({ turn }: { readonly turn: number }): ReactNode {
  return [<Wall key="first" turn={turn} />, <Wall key="second" turn={turn} />];
}

function Deferred({ turn }: { readonly turn: number }): ReactNode {
  return <Walls turn={useDeferredValue(turn)} />;
}

/** Not in React 18. */
const { Activity } = React as { readonly Activity?: typeof React.Activity };

function Acted({ act, screen }: { readonly act: Act; readonly screen: Screen }): ReactNode {
  const { turn, walls, gate } = screen;
  if (act === 'deferred') return <Deferred turn={turn} />;
  if (act === 'transition') return <Walls turn={turn} />;
  const all = Array.from({ length: walls }, (_, key) => <Wall key={key} turn={turn} />);
  if (act === 'activity' && Activity)
    return [
      all[0],
      <Activity key="hidden" mode={walls > 1 ? 'visible' : 'hidden'}>
        <Wall turn={turn} />
      </Activity>,
    ];
  if (act !== 'suspense') return all;
  return (
    <>
      {all[0]}
      <Suspense key={`turn ${turn}`} fallback={<b>waits</b>}>
        <Waits gate={gate} />
        <Walls turn={turn} />
      </Suspense>
    </>
  );
}

interface SceneProps {
  readonly play: Play;
  readonly audit: Audit;
  readonly mounted: (set: (screen: (before: Screen) => Screen) => void) => void;
}
export function Scene({ play, audit, mounted }: SceneProps): ReactNode {
  const [screen, setScreen] = useState(START);
  useEffect(() => mounted(setScreen), [mounted]);
  return (
    <Profiler id="scene" onRender={audit.look}>
      <button onClick={() => setScreen((before) => ({ ...before, clicks: before.clicks + 1 }))}>{screen.clicks}</button>
      <Acted act={play.act} screen={screen} />
    </Profiler>
  );
}
