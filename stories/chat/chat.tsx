// Two people in the same rooms, side by side. Each has a provider, and so a connection, of their own.

import { useState } from 'react';
import { useLab } from '../parts/lab.js';
import { Network } from '../parts/network.js';
import { Panel, Stage } from '../parts/stage.js';
import { Connected, Visitor } from '../parts/visitor.js';
import { RoomList } from './room-list.js';
import type { RoomName } from './rooms.js';
import { Thread } from './thread.js';

export interface ChatProps {
  /** How long a message may take until it counts as failed, reconnects included. */
  readonly timeoutMs?: number;
}

/** Rooms, history, who is here, who is typing, and what became of each message. */
export function Chat({ timeoutMs = 8_000 }: ChatProps): React.JSX.Element {
  const lab = useLab();
  return (
    <Stage
      title="A chat"
      lead="Ada and Ben are two clients in one page: two providers, two connections, one server. Write, page back, and take the server away while you write."
    >
      <div className="columns" data-columns="2">
        {['Ada', 'Ben'].map((name) => (
          <Visitor key={name} name={name} lab={lab}>
            <Pane name={name} house={lab.id} timeoutMs={timeoutMs} />
          </Visitor>
        ))}
      </div>
      <Network lab={lab}>
        <p className="hint">
          What is not acknowledged within {timeoutMs / 1_000} s counts as failed. In #notices only the server may speak.
        </p>
      </Network>
    </Stage>
  );
}

interface PaneProps {
  readonly name: string;
  readonly house: string;
  readonly timeoutMs: number;
}

function Pane({ name, house, timeoutMs }: PaneProps): React.JSX.Element {
  const [open, setOpen] = useState<RoomName>('general');
  return (
    <Panel title={name} aside={<Connected of={name} />}>
      <div className="chat">
        <RoomList of={name} house={house} open={open} onOpen={setOpen} />
        <Thread key={open} of={name} house={house} name={open} timeoutMs={timeoutMs} />
      </div>
    </Panel>
  );
}
