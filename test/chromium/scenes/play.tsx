// One scene: a wall of slow readers, work that React may interrupt, and updates from outside in the middle of it.

import { startTransition, StrictMode, version } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { RealtimeProvider } from '../../../src/index.js';
import { createAudit } from './audit.js';
import { createFar, retry } from './far.js';
import { isCompiled, READERS } from './readers.js';
import { Parts } from './shown.js';
import { createGate, Scene, type Screen } from './stage.js';
import { createWork, inNextTask, until } from './work.js';
import type { Play, Report } from './words.js';

export async function playScene(play: Play): Promise<Report> {
  const { act, strict, flush, rounds } = play;
  const main = document.body.appendChild(document.createElement('main'));
  const [far, audit, work] = [createFar(flush), createAudit(main), createWork()];
  const parts = {
    options: { WebSocket: far.socket.WebSocket, flush, retry, history: 1_000 },
    rendered: work.rendered,
  };
  let set!: (screen: (before: Screen) => Screen) => void;
  const root = createRoot(main);
  const scene = (
    <Parts.Provider value={parts}>
      <RealtimeProvider client={far.client}>
        <Scene play={play} audit={audit} mounted={(given) => void (set = given)} />
      </RealtimeProvider>
    </Parts.Provider>
  );
  const press = (): void => main.querySelector('button')?.click();
  const clicksShown = (): number => Number(main.querySelector('button')?.textContent);
  const links = ['status', 'connection'] as const;
  const isOpen = (): boolean => links.every((group) => audit.shown(group) === 'open');
  const settled = (): boolean =>
    (['feed', 'room', 'people'] as const).every((group) => audit.shown(group) === String(far.said)) && isOpen();

  root.render(strict ? <StrictMode>{scene}</StrictMode> : scene);
  await until(isOpen, 'both are open');
  far.join();
  far.say();
  await until(settled, 'the first message is on the screen');

  const seen = { interruptions: 0, shownMeanwhile: 0, clicks: 0, clicksShownMeanwhile: 0 };
  for (let round = 1; round <= rounds; round++) {
    // how many walls are there in the end
    const walls = act === 'mount' ? round + 1 : act === 'activity' ? 1 + (round % 2) : 1;
    const shownWalls = { transition: 2, deferred: 2, mount: walls, suspense: 3, activity: walls }[act];
    const isDone = (): boolean => audit.isAt(round) && audit.readers === shownWalls * READERS;
    const said = (): void => {
      if (!isDone()) seen.interruptions++;
      far.say();
      const now = String(far.said);
      const look = (): void => {
        if (isDone()) return;
        if (audit.shown('feed') === now) return void seen.shownMeanwhile++;
        setTimeout(look);
      };
      look();
    };
    const clicked = (): void => {
      if (isDone()) return;
      const before = clicksShown();
      seen.clicks++;
      press();
      inNextTask(() => {
        if (clicksShown() > before && !isDone()) seen.clicksShownMeanwhile++;
      });
    };
    const interruptions = [
      [4, said],
      // an urgent render from above takes what has ceased to wait along, and then that is done
      ...(act === 'suspense' ? [] : [[9, clicked] as const]),
      [12, said],
    ] as const;
    const gate = createGate();
    const change = (before: Screen): Screen => ({ ...before, turn: round, walls, gate });

    if (act === 'suspense') {
      flushSync(() => set(change));
      await until(() => main.querySelector('b') !== null, 'the fallback is on the screen');
      work.begin(round, interruptions);
      gate.open();
    } else {
      work.begin(round, interruptions);
      if (act === 'deferred') flushSync(() => set(change));
      else startTransition(() => set(change));
    }
    await until(isDone, `round ${round} of ${act} is done`);
    await until(() => work.isIdle, 'what was to come in the middle has come');
    if (round === rounds - 1) {
      far.cut();
      await until(() => links.every((group) => audit.ever(group, 'reconnecting')), 'the outage is on the screen');
    }
    await until(settled, `all is on the screen after round ${round} of ${act}`);
  }
  const report: Report = {
    react: version,
    compiled: isCompiled,
    commits: audit.commits,
    torn: [...audit.torn],
    late: [...new Set(audit.late)],
    ...seen,
    said: far.said,
    shown: {
      feed: audit.shown('feed'),
      status: audit.shown('status'),
      room: audit.shown('room'),
      people: audit.shown('people'),
      connection: audit.shown('connection'),
    },
    readers: audit.readers,
    sockets: far.socket.sockets.length,
  };
  root.unmount();
  main.remove();
  return report;
}
