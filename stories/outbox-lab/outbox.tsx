// The lab of the outbox: what this page sends while it is cut off, reloaded or without a server, and what arrives of it.

import { useEffect, useState } from 'react';
import { createRealtimeClient, ladder, localStorage, RealtimeProvider, useRealtimeClient } from '../../src/index.js';
import { type Lab, useLab } from '../parts/lab.js';
import { Panel, Stage } from '../parts/stage.js';
import { useSampled } from '../parts/use-sampled.js';
import { type Book, createBook, type Pages, throwBookAway } from './book.js';
import { createMortal } from './mortal.js';
import { Sender } from './sender.js';
import { Queue, Shelf } from './shelf.js';

export interface OutboxProps {
  /** Messages that may wait at once; what is more is given up, and the page is told. */
  readonly limit?: number;
  /** Messages per second that leave, so that one can watch. */
  readonly perSecond?: number;
  /** How long a message may wait. */
  readonly ttlMs?: number;
  /** What the button does: reload the page, or, where a test runs, lose the sender and begin another. */
  readonly reloads?: 'page' | 'sender';
}

const DAY_MS = 86_400_000;
const GONE_MS = 500;
const SOON = { initialDelayMs: 400, maxDelayMs: 1_500 };

/** Cut this page off, send, reload it: what was sent is kept in the browser, and arrives, once and in order. */
export function Outbox(props: OutboxProps): React.JSX.Element {
  const [page, setPage] = useState(1);
  const [gone, setGone] = useState(false);
  const begin = (): void => {
    setGone(true);
    setTimeout(() => {
      setPage((before) => before + 1);
      setGone(false);
    }, GONE_MS);
  };
  return (
    <Stage
      title="Outbox lab"
      lead="Go offline and send, as often as you like; then reload the page. What waits is kept in this browser, and when the link is back it leaves in its order. The right side is what the server has."
    >
      {gone ? <div className="gone" /> : <Page key={page} {...props} onGone={begin} />}
    </Stage>
  );
}

interface PageProps extends OutboxProps {
  /** Everything but what is kept is to go. */
  readonly onGone: () => void;
}

/** All that one page knows. */
function Page({ limit = 200, perSecond = 25, ttlMs = DAY_MS, reloads = 'page', onGone }: PageProps): React.JSX.Element {
  const [book] = useState(createBook);
  const [mortal] = useState(createMortal);
  const [storage] = useState(() => (reloads === 'page' ? localStorage() : mortal.storage));
  const pages = useSampled(book.read, 100);
  const { house } = pages;
  const lab = useLab(house);
  const elsewhere = useLab(`${house}b`);
  // shown in two places: one client for both
  const [ben] = useState(() =>
    createRealtimeClient({ transport: ladder(elsewhere.url), auth: { getToken: () => 'Ben' }, retry: SOON }),
  );

  const reload = (close: () => void): void => {
    if (reloads === 'page') return location.reload();
    mortal.die();
    close();
    onGone();
  };
  return (
    <RealtimeProvider
      url={lab.url}
      auth={{ getToken: () => 'Ada' }}
      outbox={{ storage, limit, ttlMs, overflow: 'drop-newest', user: 'Ada', destination: lab.url }}
      rateLimit={{ perSecond, burst: 1 }}
      retry={SOON}
    >
      <Panel title="The faults">
        <Faults lab={lab} elsewhere={elsewhere} book={book} pages={pages} onReload={reload} onGone={onGone} />
      </Panel>
      <RealtimeProvider client={ben}>
        <Panel title="The queue">
          <Queue house={house} pages={pages} />
        </Panel>
      </RealtimeProvider>
      <div className="columns" data-columns="2">
        <Sender house={house} book={book} />
        <RealtimeProvider client={ben}>
          <Shelf house={house} pages={pages} />
        </RealtimeProvider>
      </div>
    </RealtimeProvider>
  );
}

interface FaultsProps {
  readonly lab: Lab;
  readonly elsewhere: Lab;
  readonly book: Book;
  readonly pages: Pages;
  readonly onReload: (close: () => void) => void;
  readonly onGone: () => void;
}

const DOWN_MS = 3_000;

function Faults({ lab, elsewhere, book, pages, onReload, onGone }: FaultsProps): React.JSX.Element {
  const client = useRealtimeClient();
  const [down, setDown] = useState(false);
  const { away } = pages;
  // a lab that was not used for long is forgotten, and lets everybody in
  const { order } = lab;
  useEffect(() => void (away && order({ refuse: true })), [order, away]);

  const turn = (next: boolean): void => {
    book.turn(next);
    void order({ refuse: next });
  };
  const kill = (): void => {
    setDown(true);
    setTimeout(() => setDown(false), DOWN_MS);
    void elsewhere.order({ refuse: DOWN_MS });
    // who is cut off anyway stays so
    if (!away) void order({ refuse: DOWN_MS });
  };
  const startAnew = (): void => {
    client.signOut(); // nothing is kept
    throwBookAway();
    onGone();
  };
  return (
    <div className="controls">
      <div className="field">
        <span>This page’s link</span>
        <div className="row">
          <button type="button" className="button" aria-disabled={away} onClick={() => away || turn(true)}>
            Go offline
          </button>
          <button type="button" className="button" aria-disabled={!away} onClick={() => away && turn(false)}>
            Come back
          </button>
        </div>
      </div>
      <div className="field">
        <span>Everything in memory goes</span>
        <div className="row">
          <button type="button" className="button" onClick={() => onReload(() => client.close())}>
            Reload the page
          </button>
        </div>
      </div>
      <div className="field">
        <span>Nobody gets through</span>
        <div className="row">
          <button type="button" className="button" aria-pressed={down} onClick={() => down || kill()}>
            Kill the server for 3 s
          </button>
        </div>
      </div>
      <div className="field">
        <span>An empty queue</span>
        <div className="row">
          <button type="button" className="button" onClick={startAnew}>
            Start anew
          </button>
        </div>
      </div>
    </div>
  );
}
