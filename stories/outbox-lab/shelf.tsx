// What the server has, as somebody sees it who comes in by another door: its list, and the account against the book.

import { useRoom } from '../../src/index.js';
import { Fates } from '../parts/fates.js';
import { Log } from '../parts/log.js';
import { Panel } from '../parts/stage.js';
import { Stat, Stats } from '../parts/stat.js';
import { Connected } from '../parts/visitor.js';
import { compare, type Fate, type Pages, type Reading } from './book.js';
import { outboxRoom } from './sender.js';

const ALL = 1_000;
const SHOWN = 100;

export interface ShelfProps {
  readonly house: string;
  readonly pages: Pages;
}

/** The list of the server, beside what the page has sent. */
export function Shelf({ house, pages }: ShelfProps): React.JSX.Element {
  const { messages } = useRoom(outboxRoom(house), { history: ALL });
  const { twice, disorder } = compare(
    pages,
    messages.map(({ data }) => data.n),
  );
  return (
    <Panel title="The server" aside={<Connected of="The server" />}>
      <p className="hint shelf-note">Somebody else reads it here, over a link of their own.</p>
      <Stats>
        <Stat label="Has" value={messages.length} />
        <Stat label="Twice" value={twice} tone={twice > 0 ? 'bad' : 'good'} />
        <Stat label="Out of order" value={disorder} tone={disorder > 0 ? 'bad' : 'good'} />
      </Stats>
      <Log label="What the server has" empty="Nothing has arrived yet." version={messages} height={220}>
        {messages.slice(-SHOWN).map(({ id, data, offset }) => (
          <p className="log-line item" key={id}>
            <span className="log-text">Message {data.n}</span>
            <span className="item-why">place {offset}</span>
            <span className="tag" data-tone="good">
              here
            </span>
          </p>
        ))}
      </Log>
    </Panel>
  );
}

/** How the draining goes, and at the end whether all is there. */
export function Queue({ house, pages }: ShelfProps): React.JSX.Element {
  const { messages } = useRoom(outboxRoom(house), { history: ALL });
  const reading = compare(
    pages,
    messages.map(({ data }) => data.n),
  );
  const { sent } = pages;
  const { tone, words } = verdictOf(reading, sent);
  const done = sent === 0 ? 0 : (sent - reading.waiting) / sent;
  return (
    <>
      <p className="verdict" role="status" aria-label="The verdict" data-tone={tone}>
        {words}
      </p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Settled"
        aria-valuemin={0}
        aria-valuemax={sent}
        aria-valuenow={sent - reading.waiting}
      >
        <span style={{ transform: `scaleX(${done})` }} />
      </div>
      <Fates fates={reading.fates.map(({ n, fate }) => ({ key: n, fate }))} meanings={MEANINGS} />
    </>
  );
}

const MEANINGS: Readonly<Record<Fate, string>> = {
  waiting: 'waits on this page',
  arrived: 'with the server',
  lost: 'given up, and said so',
};

function verdictOf(
  { waiting, givenUp, twice, disorder }: Reading,
  sent: number,
): { readonly tone?: 'good' | 'wait' | 'bad'; readonly words: string } {
  if (sent === 0) return { words: 'Nothing was sent yet.' };
  if (twice + disorder > 0)
    return { tone: 'bad', words: `Something is wrong: ${twice} came twice, ${disorder} out of order.` };
  if (waiting > 0) return { tone: 'wait', words: `${waiting} of ${sent} wait.` };
  if (givenUp === 0) return { tone: 'good', words: `All ${sent} are with the server, once, in order.` };
  return {
    tone: 'bad',
    words: `${sent - givenUp} are with the server, once, in order; ${givenUp} were given up, and said so.`,
  };
}
