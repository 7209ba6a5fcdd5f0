// The ledger, as a table and as a strip of what was sent. No state.

import { Fates } from '../parts/fates.js';
import { type Fate, isWhole, type Reading } from './ledger.js';

export interface BooksProps {
  readonly reading: Reading;
}

export function Books({ reading }: BooksProps): React.JSX.Element {
  const { accounts, hearings } = reading;
  const total = (count: (each: Reading['accounts'][number]) => number): number =>
    accounts.reduce((sum, each) => sum + count(each), 0);
  const heardBy = (name: string): number => total(({ arrived }) => arrived[name] ?? 0);
  const [sent, waiting, lost] = [
    total((each) => each.sent),
    total((each) => each.waiting),
    total((each) => each.lost),
  ] as const;
  return (
    <>
      <p className="verdict" role="status" aria-label="The verdict" data-tone={toneOf(reading, sent)}>
        {verdictOf(reading, sent, waiting, lost)}
      </p>
      <Fates fates={reading.fates.map(({ id, fate }) => ({ key: id, fate }))} meanings={MEANINGS} />
      <div className="books" tabIndex={0} role="group" aria-label="The ledger">
        <table>
          <thead>
            <tr>
              <th scope="col">Who hears</th>
              <th scope="col">Sent to them</th>
              <th scope="col">Arrived</th>
              <th scope="col">On the way</th>
              <th scope="col">Lost</th>
              <th scope="col">Twice</th>
              <th scope="col">Out of order</th>
              <th scope="col">Gaps</th>
            </tr>
          </thead>
          <tbody>
            {hearings.map(({ name, twice, disorder, gaps }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{sent}</td>
                <td>{heardBy(name)}</td>
                <Count of={sent - lost - heardBy(name)} tone="wait" />
                <Count of={lost} tone="bad" />
                <Count of={twice} tone="bad" />
                <Count of={disorder} tone="bad" />
                <Count of={gaps} tone="bad" />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface CountProps {
  readonly of: number;
  /** What it means when it is not nought. */
  readonly tone: 'wait' | 'bad';
}

function Count({ of, tone }: CountProps): React.JSX.Element {
  return <td data-tone={of > 0 ? tone : undefined}>{Math.max(0, of)}</td>;
}

function toneOf(reading: Reading, sent: number): 'good' | 'wait' | 'bad' | undefined {
  if (sent === 0) return undefined;
  if (isWhole(reading)) return 'good';
  const isBroken =
    reading.accounts.some(({ lost }) => lost > 0) ||
    reading.hearings.some(({ twice, disorder, gaps }) => twice + disorder + gaps > 0);
  return isBroken ? 'bad' : 'wait';
}

function verdictOf(reading: Reading, sent: number, waiting: number, lost: number): string {
  const tone = toneOf(reading, sent);
  if (tone === undefined) return 'Nothing was sent yet.';
  if (tone === 'good') return `All ${sent} are with both, once and in order.`;
  if (tone === 'wait') return `${waiting} of ${sent} are on the way.`;
  return `Something is wrong: ${lost} of ${sent} are lost, or came twice, or out of order.`;
}

const MEANINGS: Readonly<Record<Fate, string>> = {
  waiting: 'not at the server yet',
  here: 'at the server, not with both',
  arrived: 'with both',
  lost: 'lost',
};
