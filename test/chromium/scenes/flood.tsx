// Messages that never stop, and beside them a transition that takes React longer than a frame.

import { type ReactNode, Profiler, startTransition, StrictMode, useDeferredValue, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useWebSocket, type UseWebSocketOptions } from '../../../src/index.js';
import { createFakeWebSocket } from '../../../src/testing.js';
import { createAudit } from './audit.js';
import { ADDRESS } from './far.js';
import { slow, until } from './work.js';
import type { FloodPlay, FloodReport } from './words.js';

type Options = UseWebSocketOptions<number, unknown, number>;
interface ReaderProps {
  readonly options: Options;
  readonly reading: FloodPlay['reading'];
}

const SLICE = 500;
const sliceOf = ({ count }: { readonly count: number }): number => Math.floor(count / SLICE);

function Reader({ options, reading }: ReaderProps): ReactNode {
  const feed = useWebSocket<number, unknown, number>(ADDRESS, { ...options, select: sliceOf });
  const { [reading === 'slice' ? 'selected' : reading]: value } = feed;
  return (
    <i data-of="feed" data-turn={0}>
      {value}
    </i>
  );
}

interface Following {
  ahead: number;
  behind: number;
}
/** A value that may lag, and never leads. */
function Follower({ options, following }: { readonly options: Options; readonly following: Following }): ReactNode {
  const { count } = useWebSocket<number, unknown, number>(ADDRESS, options);
  const later = useDeferredValue(count);
  useEffect(() => {
    following.behind = count - later;
    if (later > count) following.ahead++;
  });
  return <u>{later}</u>;
}

interface HeavyProps {
  readonly turn: number;
  readonly weight: number;
  readonly began: (turn: number) => void;
}
function Heavy({ turn, weight, began }: HeavyProps): ReactNode {
  began(turn);
  return Array.from({ length: weight }, (_, key) => <Heavier key={key} turn={turn} />);
}
function Heavier({ turn }: { readonly turn: number }): ReactNode {
  slow(1);
  return <b>{turn}</b>;
}

function Turning({
  weight,
  began,
  mounted,
}: Omit<HeavyProps, 'turn'> & { mounted(set: (turn: number) => void): void }) {
  const [turn, setTurn] = useState(0);
  useEffect(() => mounted(setTurn), [mounted]);
  return (
    <p data-heavy={turn}>
      <Heavy turn={turn} weight={weight} began={began} />
    </p>
  );
}

export async function playFlood({ strict, weight, perSecond, reading, readers }: FloodPlay): Promise<FloodReport> {
  const main = document.body.appendChild(document.createElement('main'));
  const far = createFakeWebSocket((each) => each.accept());
  const audit = createAudit(main);
  const options: Options = { WebSocket: far.WebSocket, history: 100 };
  const following: Following = { ahead: 0, behind: 0 };
  let begun = 0;
  let set!: (turn: number) => void;
  const began = (turn: number): void => void (begun += turn);
  const mounted = (given: typeof set): void => void (set = given);
  const root = createRoot(main);
  const scene = (
    <>
      <Profiler id="live" onRender={audit.look}>
        {Array.from({ length: readers }, (_, key) => (
          <Reader key={key} options={options} reading={reading} />
        ))}
      </Profiler>
      {reading === 'count' && <Follower options={options} following={following} />}
      <Turning weight={weight} began={began} mounted={mounted} />
    </>
  );
  root.render(strict ? <StrictMode>{scene}</StrictMode> : scene);
  await until(() => far.sockets[0]?.readyState === 1 && audit.commits > 0, 'the feed is open');

  let messages = 0;
  const floodedAt = performance.now();
  const flood = setInterval(() => {
    while (messages < ((performance.now() - floodedAt) / 1_000) * perSecond) far.last.message(String(++messages));
  }, 1);
  await until(() => messages > perSecond / 10, 'it is flooded');

  const [startedAt, startedWith, commitsBefore] = [performance.now(), messages, audit.commits];
  begun = 0;
  startTransition(() => set(1));
  await until(() => main.querySelector('[data-heavy="1"]') !== null, 'the transition is done');
  const report = {
    liveCommits: audit.commits - commitsBefore,
    messages: messages - startedWith,
    ms: performance.now() - startedAt,
    begun,
  };
  clearInterval(flood);
  await until(() => following.behind === 0, 'the deferred value has caught up');
  root.unmount();
  main.remove();
  return { ...report, torn: [...audit.torn], deferred: { ahead: following.ahead, behindAtEnd: following.behind } };
}
