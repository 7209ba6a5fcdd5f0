// Demand 14: an unmount at any moment is silent and complete.

import { render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  useEventSource,
  useLongPoll,
  usePoll,
  type UsePollOptions,
  useWebSocket,
  type UseWebSocketOptions,
} from '../../src/index.js';
import { createWorld, settle, type World } from './support.js';

interface Final {
  readonly ends: string[];
  renders: number;
  errors: number;
}

/** What React itself listens to: `selectionchange` from its first root on, `error` while it renders (18). */
const ofReact = ['selectionchange', 'error'];

/** Event types that anybody else listens to on window and document. */
function countListeners(): { readonly listening: number } {
  let listening = 0;
  const seats = new Set<string>();
  for (const [name, target] of [
    ['window', window],
    ['document', document],
  ] as const) {
    const { addEventListener, removeEventListener } = target;
    vi.spyOn(target, 'addEventListener').mockImplementation((...args: Parameters<typeof addEventListener>) => {
      if (!ofReact.includes(args[0]) && !seats.has(`${name} ${args[0]}`)) {
        seats.add(`${name} ${args[0]}`);
        listening++;
      }
      addEventListener.apply(target, args);
    });
    vi.spyOn(target, 'removeEventListener').mockImplementation((...args: Parameters<typeof removeEventListener>) => {
      if (seats.delete(`${name} ${args[0]}`)) listening--;
      removeEventListener.apply(target, args);
    });
  }
  return {
    get listening() {
      return listening;
    },
  };
}

let listeners: ReturnType<typeof countListeners>;
beforeEach(() => void (listeners = countListeners()));
afterEach(() => void vi.restoreAllMocks());

/** Network and focus of the page, the rest on a manual clock. */
const onPage = ({ host: { clock, random, frame } }: World): object => ({ clock, random, frame });

function Hook({ final, ...options }: { readonly final: Final } & UseWebSocketOptions): ReactNode {
  const { status, count } = useWebSocket('ws://localhost/live', {
    ...options,
    lingerMs: 0,
    onClose: ({ why }) => void final.ends.push(why),
    onError: () => void final.errors++,
  });
  final.renders++;
  return `${status} ${count}`;
}

type Moment = readonly [name: string, options: UseWebSocketOptions, reach: (world: World) => unknown, opened: boolean];
const never = (): Promise<never> => new Promise(() => {});
const beat = { intervalMs: 1_000, timeoutMs: 1_000 };

const moments: readonly Moment[] = [
  ['nothing happened yet', {}, () => {}, false],
  ['awaiting the token', { auth: { getToken: never } }, ({ step }) => step(), false],
  ['connecting', {}, ({ step }) => step(), false],
  ['open', {}, ({ step, far }) => step(() => far.last.accept()), true],
  [
    'open, with a message that waits for its frame',
    {},
    ({ far }) => settle(() => (far.last.accept(), far.last.message('1'))),
    true,
  ],
  ['refused, waiting to try again', {}, ({ step, far }) => step(() => far.last.drop()), false],
  ['dropped, waiting to try again', {}, ({ step, far }) => step(() => (far.last.accept(), far.last.drop())), false],
  [
    'a heartbeat unanswered',
    { heartbeat: beat },
    async ({ step, far, advance }) => (await step(() => far.last.accept()), await advance(1_500)),
    true,
  ],
  ['offline', {}, ({ step, far }) => step(() => (far.last.drop(), window.dispatchEvent(new Event('offline')))), false],
  ['failed', {}, ({ step, far }) => step(() => (far.last.accept(), far.last.drop(1008))), false],
];

describe.each([{ strict: false }, { strict: true }])('StrictMode: $strict', ({ strict }) => {
  test.each(moments)('%s', async (_, options, reach, opened) => {
    const world = createWorld();
    const { far, host, advance } = world;
    const before = listeners.listening;
    const final: Final = { ends: [], renders: 0, errors: 0 };
    const hook = <Hook final={final} {...world.parts} {...options} host={onPage(world)} />;
    const { unmount } = render(hook, strict ? { wrapper: StrictMode } : {});
    await reach(world);
    const endsBefore = final.ends.splice(0);
    expect(endsBefore).not.toContain('unmount');

    unmount();
    await advance(0);
    const { renders, errors } = final;
    expect([host.clock.pending, listeners.listening - before]).toEqual([0, 0]);
    // one that is still connecting is closed when it opens, so that the browser has nothing to log
    for (const socket of far.sockets) socket.accept();
    expect(far.sockets.filter(({ closedWith, readyState }) => readyState < 2 && !closedWith)).toEqual([]);
    await advance(600_000);
    world.expectNothingLeft();
    for (const socket of far.sockets) expect(socket.readyState).toBe(3);

    expect(final.ends).toEqual(opened ? ['unmount'] : []);
    expect([final.renders, final.errors]).toEqual([renders, errors]);
  });

  test('awaiting the url: it is answered too late', async () => {
    const world = createWorld();
    let answer!: (url: string) => void;
    function Waiting(): ReactNode {
      const url = (): Promise<string> => new Promise((resolve) => (answer = resolve));
      return useWebSocket(url, { ...world.parts, host: onPage(world), lingerMs: 0 }).status;
    }
    const { unmount } = render(<Waiting />, strict ? { wrapper: StrictMode } : {});
    await world.step();
    unmount();
    await world.advance(0);
    await world.step(() => answer('ws://localhost/late'));
    expect(world.far.sockets).toHaveLength(0);
    world.expectNothingLeft();
  });

  const stream = { headers: { 'content-type': 'text/event-stream' } };
  const hooks = { useEventSource, useLongPoll, usePoll };
  const httpMoments: readonly (readonly [string, (world: World) => unknown])[] = [
    ['no answer yet', ({ step }) => step()],
    ['held for long', ({ advance }) => advance(5_000)],
    ['in the middle of an answer', ({ step, web }) => step(() => (web.last.open(stream), web.last.write('data: ')))],
    ['after an answer', ({ step, web }) => step(() => web.last.answer('data: 1\n\n', stream))],
    ['refused', ({ step, web }) => step(() => web.last.answer(null, { status: 503 }))],
  ];
  describe.each(Object.keys(hooks) as (keyof typeof hooks)[])('%s', (name) => {
    test.each(httpMoments)('%s', async (_, reach) => {
      const world = createWorld();
      const useHook = hooks[name];
      let renders = 0;
      const ends: string[] = [];
      let opened = false;
      function Request(): ReactNode {
        renders++;
        const options: UsePollOptions = {
          ...world.parts,
          host: onPage(world),
          lingerMs: 0,
          onInvalid: () => {},
          onOpen: () => void (opened = true),
          onClose({ why }) {
            opened = false;
            ends.push(why);
          },
        };
        return useHook('http://localhost/data', options).status;
      }
      const { unmount } = render(<Request />, strict ? { wrapper: StrictMode } : {});
      await world.step();
      await reach(world);
      ends.splice(0);
      const wasOpen = opened;

      unmount();
      const rendered = renders;
      await world.advance(0);
      world.expectNothingLeft();
      expect(listeners.listening).toBe(0);
      const asked = world.web.requests.length;
      await world.advance(600_000);
      expect(world.web.requests).toHaveLength(asked);
      expect(ends).toEqual(wasOpen ? ['unmount'] : []);
      expect(renders).toBe(rendered);
    });
  });
});

test('1,000 mounts and unmounts leave nothing', async () => {
  const world = createWorld({ onSocket: (socket) => socket.accept() });
  const final: Final = { ends: [], renders: 0, errors: 0 };
  const hook = <Hook final={final} {...world.parts} host={onPage(world)} heartbeat />;
  const { rerender } = render(<i />);
  for (let round = 0; round < 1_000; round++) {
    rerender(hook);
    if (round % 3 === 0) await settle(); // some of them open
    rerender(<i />);
    world.host.clock.advance(round % 2);
  }
  await world.advance(0);
  for (const socket of world.far.sockets) socket.accept();
  await world.advance(0);
  expect(world.far.sockets.length).toBeGreaterThan(900);
  expect(final.ends.length).toBeGreaterThan(300);
  expect(listeners.listening).toBe(0);
  world.expectNothingLeft();
}, 20_000);
