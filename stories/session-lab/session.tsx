// The lab of sessions: tokens that end soon, a service that may refuse, and two people who share one page.

import { useEffect, useState } from 'react';
import { RealtimeProvider, useConnection, useRealtime, useRealtimeClient, useRoom } from '../../src/index.js';
import { Choices } from '../parts/choices.js';
import { timeOf } from '../parts/format.js';
import { type Lab, useLab } from '../parts/lab.js';
import { Log } from '../parts/log.js';
import { Panel, Stage } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { StatusBadge } from '../parts/status.js';
import { useSampled } from '../parts/use-sampled.js';
import { Notes, notesRoom } from './notes.js';
import { createRecord, createShelf, type Reason, type Record, type Shelf } from './record.js';
import { Token } from './token.js';

export interface SessionProps {
  /** How long a token holds. */
  readonly lifeMs?: number;
  /** How long before its end a new one is asked for. */
  readonly refreshBeforeMs?: number;
}

const NAMES = ['Ann', 'Ben'] as const;
type Name = (typeof NAMES)[number];

/** Who sits here; `here: false`: it was them, and they have signed out. */
interface Seat {
  readonly name: Name;
  readonly here: boolean;
}

/** Watch a token being renewed, end it, refuse it, and hand the page to somebody else. */
export function Session({ lifeMs = 12_000, refreshBeforeMs = 4_000 }: SessionProps): React.JSX.Element {
  const lab = useLab();
  const [record] = useState(createRecord);
  const [shelf] = useState(createShelf);
  const [seat, setSeat] = useState<Seat>({ name: 'Ann', here: true });

  const getToken = async (reason: Reason): Promise<string> => {
    const answer = await lab.token({ user: seat.name, lifeMs });
    record.asked(reason, answer);
    if ('token' in answer) return answer.token;
    // by this name it is final: nobody asks again
    throw new DOMException(answer.refused, 'NotAllowedError');
  };
  return (
    <Stage
      title="Session lab"
      lead="A token that holds for some seconds, renewed on the link that stands. End it early, let the token service say no, or hand the page over to somebody else: nothing of the one is shown to the other."
    >
      <RealtimeProvider
        url={lab.url}
        auth={{ getToken, refreshBeforeMs }}
        outbox={{ storage: shelf.storage, user: seat.name }}
        retry={SOON}
      >
        <Inside lab={lab} record={record} shelf={shelf} seat={seat} onSeat={setSeat} />
      </RealtimeProvider>
    </Stage>
  );
}

const SOON = { initialDelayMs: 200, maxDelayMs: 800 };

interface InsideProps {
  readonly lab: Lab;
  readonly record: Record;
  readonly shelf: Shelf;
  readonly seat: Seat;
  readonly onSeat: (seat: Seat) => void;
}

function Inside({ lab, record, shelf, seat, onSeat }: InsideProps): React.JSX.Element {
  const { status, error } = useConnection();
  const snapshot = useSampled(record.read, 100);
  useEffect(() => record.status(status, error?.kind), [record, status, error]);
  const room = `${lab.id}/${seat.name}`;
  const name = seat.here ? seat.name : null;
  return (
    <>
      <Panel title="What can happen">
        <Happenings lab={lab} record={record} seat={seat} onSeat={onSeat} />
      </Panel>
      <Panel title="The token" aside={<StatusBadge status={status} of="The link" />}>
        <Token snapshot={snapshot} />
      </Panel>
      <div className="columns" data-columns="2">
        <Panel title={name === null ? 'Nobody’s notes' : `Notes of ${name}`}>
          {/* what one has half written is nobody else's */}
          <Notes key={room} room={room} name={name} />
        </Panel>
        <Panel title="What this page knows">
          <Known room={room} shelf={shelf} />
          <Log label="What happened" empty="Nothing yet." version={snapshot.entries.at(-1)?.id} height={164}>
            {snapshot.entries.map(({ id, at, what }) => (
              <p className="log-line" key={id}>
                <span className="log-time">{timeOf(at)}</span>
                <span className="log-text">{what}</span>
              </p>
            ))}
          </Log>
        </Panel>
      </div>
    </>
  );
}

/** All that is kept of a user, wherever it is. */
function Known({ room, shelf }: { readonly room: string; readonly shelf: Shelf }): React.JSX.Element {
  const user = useRealtime(({ user: known }) => known?.id ?? null);
  const { messages } = useRoom(notesRoom(room));
  const { queued } = useConnection();
  const kept = useSampled(shelf.count, 100);
  return (
    <div className="known">
      <Stats>
        <Stat label="User" value={user ?? 'nobody'} />
        <Stat label="Shown" value={messages.length} />
        <Stat label="Waiting" value={queued} tone={queued > 0 ? 'wait' : undefined} />
        <Stat label="Kept in the tab" value={kept} tone={kept > 0 ? 'wait' : undefined} />
      </Stats>
    </div>
  );
}

type HappeningsProps = Pick<InsideProps, 'lab' | 'record' | 'seat' | 'onSeat'>;

function Happenings({ lab: { order }, record, seat, onSeat }: HappeningsProps): React.JSX.Element {
  const client = useRealtimeClient();
  const { status, reconnect } = useConnection();
  const [refusing, setRefusing] = useState(false);
  const [cut, setCut] = useState(false);

  // after the render, so that it is the new one whose token is asked for
  useEffect(() => {
    if (seat.here) client.connect();
  }, [client, seat]);

  const signOut = (): void => {
    client.signOut();
    record.signedOut();
    onSeat({ ...seat, here: false });
  };
  const change = (name: Name): void => {
    if (seat.here) signOut();
    record.did(`${name} signs in`);
    onSeat({ name, here: true });
  };
  const refuse = (): void => {
    record.did(refusing ? 'the token service says yes again' : 'the token service says no from now on');
    void order({ tokenless: !refusing });
    setRefusing(!refusing);
  };
  const cutOff = (): void => {
    record.did(cut ? 'the network is back' : 'the network is gone');
    void order({ refuse: !cut });
    setCut(!cut);
  };
  const end = (): void => {
    record.did('the server ends the session');
    void order({ expire: true });
  };
  const isOver = seat.here && status === 'failed';
  return (
    <div className="controls">
      <div className="field">
        <span>Who is here</span>
        <div className="row">
          <Choices
            label="Who is here"
            value={seat.here ? seat.name : ''}
            options={PEOPLE}
            onChange={(name) => name && change(name)}
          />
          <button type="button" className="button" aria-disabled={!seat.here} onClick={() => seat.here && signOut()}>
            Sign out
          </button>
        </div>
      </div>
      <div className="field">
        <span>The server</span>
        <div className="row">
          <button type="button" className="button" onClick={end}>
            End it now
          </button>
        </div>
      </div>
      <div className="field">
        <span>The token service</span>
        <div className="row">
          <button type="button" className="button" aria-pressed={refusing} onClick={refuse}>
            Refuse
          </button>
        </div>
      </div>
      <div className="field">
        <span>The network</span>
        <div className="row">
          <button type="button" className="button" aria-pressed={cut} onClick={cutOff}>
            Cut
          </button>
        </div>
      </div>
      <div className="field">
        <span>After a failure</span>
        <div className="row">
          <button
            type="button"
            className="button"
            aria-disabled={!isOver}
            // the badge says what comes of it
            onClick={() => void (isOver && reconnect().catch(() => {}))}
          >
            Try again
          </button>
        </div>
      </div>
    </div>
  );
}

const PEOPLE: readonly (readonly [Name | '', string])[] = NAMES.map((name) => [name, name] as const);
