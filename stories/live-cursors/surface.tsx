// One person's view of the table: they point with the mouse or the arrow keys, and see where the others point.

import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useOthers, usePresence, useRoom, useRoomEvent } from '../../src/index.js';
import { People, personal } from '../parts/people.js';
import type { Counter } from './counter.js';
import { CALL, type Point, pointOf, stepOf, tableOf } from './table.js';

export interface SurfaceProps {
  readonly name: string;
  readonly house: string;
  /** How long a cursor takes from one place to the next: about as long as the next one lets wait. */
  readonly glideMs: number;
  readonly moved: Counter;
  readonly heard: Counter;
}

interface Call extends Point {
  readonly id: string;
  readonly from: string;
}

const MIDDLE: Point = { x: 0.5, y: 0.5 };
const STEP = 0.02;
const LEAP = 0.1;
const CALL_MS = 900;

const placed = ({ x, y }: Point): React.CSSProperties => ({ '--x': x, '--y': y }) as React.CSSProperties;

export function Surface({ name, house, glideMs, moved, heard }: SurfaceProps): React.JSX.Element {
  const table = tableOf(house);
  const [mine, update] = usePresence(table, { at: null });
  const others = useOthers(table);
  const { send, synced } = useRoom(table, {
    history: 0,
    // one's own changes come back too
    onPresence: ({ member }) => {
      if (member.id !== name) heard.add();
    },
  });
  const [calls, setCalls] = useState<readonly Call[]>([]);
  const [byKeys, setByKeys] = useState(false);
  useRoomEvent(table, CALL, ({ id, from, data }) =>
    setCalls((before) => [...before.slice(-9), { id, from: from ?? '', ...data }]),
  );

  // two keys may come before what the first one did is on the screen
  const last = useRef(MIDDLE);

  const point = (at: Point | null): void => {
    moved.add();
    last.current = at ?? last.current;
    update({ at });
  };
  const follow = (event: React.PointerEvent): void => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    setByKeys(false);
    point(pointOf((event.clientX - left) / width, (event.clientY - top) / height));
  };
  const call = (): void => {
    if (mine?.at) send(mine.at, { type: CALL, volatile: true });
  };
  const steer = (event: React.KeyboardEvent): void => {
    const next = stepOf(event.key, last.current, event.shiftKey ? LEAP : STEP);
    if (next) point(next);
    else if (event.key === ' ' || event.key === 'Enter') call();
    else return;
    setByKeys(true);
    event.preventDefault();
  };

  return (
    <>
      <People label={`Who ${name} sees`} self={name} names={others.map(({ id }) => id)} stale={!synced} />
      <div
        className="surface"
        role="application"
        aria-label={`The table of ${name}`}
        aria-description="Arrow keys move your cursor, with Shift by more. Space calls the others to it."
        tabIndex={0}
        style={{ '--glide': `${glideMs}ms` } as React.CSSProperties}
        onPointerMove={follow}
        onPointerLeave={() => point(null)}
        onPointerDown={call}
        onKeyDown={steer}
        onFocus={({ currentTarget }) => {
          // a click focuses too; it points with the pointer
          if (!currentTarget.matches(':focus-visible')) return;
          setByKeys(true);
          point(last.current);
        }}
        onBlur={() => {
          if (byKeys) point(null);
        }}
      >
        {calls.map(({ id, from, x, y }) => (
          <Ring
            key={id}
            from={from}
            at={{ x, y }}
            onOver={() => setCalls((before) => before.filter((each) => each.id !== id))}
          />
        ))}
        {byKeys && mine?.at && <Cursor name="You" of={name} at={mine.at} />}
        {others.map(
          ({ id, presence }) => presence.at && <Cursor key={id} name={id} of={id} at={presence.at} stale={!synced} />,
        )}
      </div>
    </>
  );
}

interface RingProps {
  readonly from: string;
  readonly at: Point;
  readonly onOver: () => void;
}

/** Goes away by a timer: where motion is reduced, no animation ends. */
function Ring({ from, at, onOver }: RingProps): React.JSX.Element {
  const over = useEffectEvent(onOver);
  useEffect(() => {
    const timer = setTimeout(() => over(), CALL_MS);
    return () => clearTimeout(timer);
  }, []);
  return <i className="call" style={{ ...placed(at), ...personal(from) }} />;
}

interface CursorProps {
  readonly name: string;
  readonly of: string;
  readonly at: Point;
  readonly stale?: boolean;
}

function Cursor({ name, of, at, stale = false }: CursorProps): React.JSX.Element {
  return (
    <div className="cursor" data-of={of} data-stale={stale} style={{ ...placed(at), ...personal(of) }}>
      <svg width="16" height="18" viewBox="0 0 16 18" aria-hidden="true">
        <path d="M1 1 L1 15 L5 11.5 L8 17 L10.6 15.7 L7.8 10.4 L13.5 10 Z" />
      </svg>
      <span>{name}</span>
    </div>
  );
}
