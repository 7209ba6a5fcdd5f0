// A component in a room in the page under test, by the hooks of rooms, and a log of what it showed. Asserts nothing.

import { Fragment, type ReactNode, StrictMode, useEffect } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import {
  RealtimeProvider,
  useConnection,
  useMessages,
  useOthers,
  usePresence,
  useRoom,
  type UseRoom,
} from '../../../src/index.js';
import type { Seat, SeatLab, SeatView } from './lab.js';

interface Shown {
  readonly mood: string;
}

export function createSeatLab(): SeatLab {
  const heard: unknown[] = [];
  let view: Omit<SeatView, 'heard'> = {
    ...{ connection: 'idle', room: 'idle', messages: [], pending: 0, others: {}, mine: null },
  };
  let verbs: Pick<UseRoom, 'send'> | undefined;
  let show: ((patch: Shown) => void) | undefined;

  function Chair({ room, mood }: Seat): ReactNode {
    const { status: connection } = useConnection();
    const { status, send } = useRoom(room, { history: 2_000, onMessage: ({ data }) => void heard.push(data) });
    const messages = useMessages(room);
    const others = useOthers<unknown, Shown>(room);
    const [mine, update] = usePresence<unknown, Shown>(room, { mood });
    useEffect(() => {
      verbs = { send };
      show = update;
      view = {
        ...{ connection, room: status, mine },
        messages: messages.map(({ data }) => data),
        pending: messages.filter(({ state }) => state === 'pending').length,
        others: Object.fromEntries(others.map(({ id, presence }) => [id, presence])),
      };
    });
    return <output>{status}</output>;
  }

  const root = createRoot(document.body.appendChild(document.createElement('aside')));
  const sit = (seat: Seat | null, strict = true): void => {
    const Mode = strict ? StrictMode : Fragment;
    flushSync(() =>
      root.render(
        seat && (
          <Mode>
            <RealtimeProvider url="/realtime" auth={{ getToken: () => seat.user }}>
              <Chair {...seat} key={seat.room} />
            </RealtimeProvider>
          </Mode>
        ),
      ),
    );
  };
  sit(null); // React's own listeners belong to an empty page
  return {
    sit,
    seated: () => ({ ...view, heard }),
    tell: (data) => void verbs?.send(data),
    setMood: (mood) => show?.({ mood }),
  };
}
