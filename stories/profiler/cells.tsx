// Many small components with a hook each: this package's, or one as it is written in an afternoon.

import { memo, Profiler, useEffect, useState } from 'react';
import { type Message, useWebSocket } from '../../src/index.js';
import type { Flood, Tick } from './flood.js';
import type { Meter } from './meter.js';

export type Field = 'status' | 'slice' | 'lastMessage' | 'messages';
export type HookName = 'roomtone' | 'useState';

/** One in so many is a new value: for who wants to know roughly. */
const SLICE = 1_000;
const KEPT = 50;

interface Heard {
  readonly status: string;
  readonly selected: number;
  readonly lastMessage: Pick<Message<Tick>, 'data'> | null;
  readonly messages: readonly Pick<Message<Tick>, 'data'>[];
}

const textOf = (field: Field, heard: Heard): string => {
  if (field === 'status') return heard.status;
  if (field === 'slice') return `${heard.selected} k`;
  if (field === 'lastMessage') return String(heard.lastMessage?.data.n ?? '–');
  return String(heard.messages.reduce((sum, { data }) => sum + data.n, 0) % 100_000);
};

interface CellProps {
  readonly flood: Flood;
  readonly meter: Meter;
  readonly field: Field;
}

function Cell({ meter, text }: { readonly meter: Meter; readonly text: string }): React.JSX.Element {
  useEffect(() => meter.rendered());
  return <li>{text}</li>;
}

const selectSlice = ({ lastMessage }: { readonly lastMessage: Pick<Message<Tick>, 'data'> | null }): number =>
  Math.floor((lastMessage?.data.n ?? 0) / SLICE);

function OurCell({ flood, meter, field }: CellProps): React.JSX.Element {
  const feed = useWebSocket<Tick, never, number>(flood.address, {
    WebSocket: flood.WebSocket,
    history: KEPT,
    select: selectSlice,
  });
  return <Cell meter={meter} text={textOf(field, feed)} />;
}

/** State in `useState`, set by each message: whoever uses it renders for everything. */
function useNaive(flood: Flood): Heard {
  const [heard, setHeard] = useState<Heard>({ status: 'open', selected: 0, lastMessage: null, messages: [] });
  useEffect(
    () =>
      flood.listen((data) => {
        const lastMessage = { data };
        setHeard(({ status, messages }) => ({
          status,
          lastMessage,
          selected: selectSlice({ lastMessage }),
          messages: [...messages, lastMessage].slice(-KEPT),
        }));
      }),
    [flood],
  );
  return heard;
}

function NaiveCell({ flood, meter, field }: CellProps): React.JSX.Element {
  return <Cell meter={meter} text={textOf(field, useNaive(flood))} />;
}

export interface CellsProps extends CellProps {
  readonly hook: HookName;
  readonly count: number;
}

/** Rendered anew for another choice only; what is measured around it renders nobody here. */
export const Cells = memo(function Cells({ hook, count, ...rest }: CellsProps): React.JSX.Element {
  const Each = hook === 'roomtone' ? OurCell : NaiveCell;
  return (
    <Profiler id="cells" onRender={rest.meter.committed}>
      <div className="cells" tabIndex={0} role="group" aria-label="The values that they show">
        <ul>
          {Array.from({ length: count }, (_, key) => (
            <Each key={key} {...rest} />
          ))}
        </ul>
      </div>
    </Profiler>
  );
});
