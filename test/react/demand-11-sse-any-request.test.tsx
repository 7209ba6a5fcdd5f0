// Demand 11: Server-Sent Events with headers, a body and any method, and the same events from the native EventSource.

import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useEventSource, type UseEventSourceOptions } from '../../src/index.js';
import type { EventSourceConstructor } from '../../src/transport/event-source-options.js';
import { createWorld, settle } from './support.js';

const ADDRESS = 'http://localhost/answers';
const stream = { headers: { 'content-type': 'text/event-stream; charset=utf-8' } };

function Hook(options: UseEventSourceOptions): ReactNode {
  const { status, messages } = useEventSource(ADDRESS, options);
  return `${status}: ${messages.map(({ data }) => JSON.stringify(data)).join(' ')}`;
}

test('POST with headers and a body: it streams, piece by piece', async () => {
  const { web, parts, step } = createWorld();
  const { container } = render(
    <Hook
      {...parts}
      method="POST"
      body={JSON.stringify({ prompt: 'why?' })}
      headers={async () => ({ 'Content-Type': 'application/json', 'X-Trace': 'abc' })}
    />,
  );
  await step();
  expect(web.last).toMatchObject({
    method: 'POST',
    url: ADDRESS,
    body: '{"prompt":"why?"}',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', 'x-trace': 'abc' },
  });
  await step(() => web.last.open(stream));
  expect(container.textContent).toBe('open: ');
  await step(() => web.last.write('data: "be'));
  expect(container.textContent).toBe('open: ');
  await step(() => web.last.write('cause"\n\ndata: "so"\n\n'));
  expect(container.textContent).toBe('open: "because" "so"');
  // what cannot be asked for twice is over when it ends
  await step(() => web.last.end());
  expect(container.textContent).toBe('closed: "because" "so"');
  expect(web.requests).toHaveLength(1);
});

test.each(['PUT', 'QUERY', 'post'])('method %s is sent as it is', async (method) => {
  const { web, parts, step } = createWorld();
  render(<Hook {...parts} method={method} />);
  await step();
  expect(web.last.method).toBe(method.toUpperCase());
});

test('headers and body are asked before each attempt; a resume says where it stopped', async () => {
  const { web, parts, step, untilNext } = createWorld();
  let attempt = 0;
  const heard: unknown[] = [];
  const { container } = render(
    <Hook
      {...parts}
      method="POST"
      resend
      headers={async () => ({ 'x-attempt': String(++attempt) })}
      body={() => `body ${attempt}`}
      onMessage={({ data, id }) => void heard.push([data, id])}
    />,
  );
  await step();
  await step(() => web.last.open(stream));
  await step(() => web.last.write('id: 4\ndata: 4\n\nid: 5\ndata: 5\n\n'));
  await step(() => web.last.fail());
  await untilNext(() => web.requests.length === 2);
  expect(web.last).toMatchObject({
    method: 'POST',
    body: 'body 2',
    headers: { 'last-event-id': '5', 'x-attempt': '2' },
  });
  expect(web.requests[0]?.headers).not.toHaveProperty('last-event-id');
  await step(() => web.last.open(stream));
  await step(() => web.last.write('id: 6\ndata: 6\n\n'));
  expect(heard).toEqual([
    [4, '4'],
    [5, '5'],
    [6, '6'],
  ]);
  expect(container.textContent).toBe('open: 4 5 6');
});

test('lastEventId says where to begin, also beyond Latin-1', async () => {
  const { web, parts, step } = createWorld();
  render(<Hook {...parts} lastEventId="ü→" />);
  await step();
  const sent = web.last.headers['last-event-id'] ?? '';
  expect(new TextDecoder().decode(Uint8Array.from(sent, (letter) => letter.charCodeAt(0)))).toBe('ü→');
});

test.each(['waiting for the headers', 'waiting for the answer', 'reading'])(
  'unmounted while %s: given up within a tick',
  async (moment) => {
    const { web, parts, step, advance, expectNothingLeft } = createWorld();
    let answer!: (headers: Record<string, string>) => void;
    const headers = (): Promise<Record<string, string>> => new Promise((resolve) => (answer = resolve));
    const { unmount } = render(<Hook {...parts} headers={headers} lingerMs={0} />);
    await step();
    if (moment !== 'waiting for the headers') await step(() => answer({}));
    if (moment === 'reading') await step(() => web.last.open(stream));
    unmount();
    await advance(0);
    expect(web.requests.every(({ aborted }) => aborted)).toBe(true);
    await step(() => answer({}));
    expect(web.requests).toHaveLength(moment === 'waiting for the headers' ? 0 : 1);
    expectNothingLeft();
  },
);

/** The platform's EventSource, driven by hand. It dials again by itself, as the standard says. */
function createFakeEventSource(): {
  readonly EventSource: EventSourceConstructor;
  readonly urls: readonly string[];
  readonly live: number;
  tell(type: string, event?: object): void;
} {
  const urls: string[] = [];
  let listeners: (readonly [string, (event: never) => void])[] = [];
  let readyState = 2;
  function Source(url: string): object {
    urls.push(url);
    listeners = [];
    readyState = 0;
    return {
      get readyState() {
        return readyState;
      },
      addEventListener: (type: string, listener: (event: never) => void) => void listeners.push([type, listener]),
      close: () => void (readyState = 2),
    };
  }
  return {
    EventSource: Source as unknown as EventSourceConstructor,
    urls,
    get live() {
      return readyState < 2 ? 1 : 0;
    },
    tell(type, event = {}) {
      if (type === 'open') readyState = 1;
      if (type === 'error') readyState = 0;
      for (const [wanted, listener] of listeners) if (wanted === type) listener(event as never);
    },
  };
}

test('plain GET: the native EventSource and the one over fetch are the same to the app', async () => {
  const logOf = (): { readonly log: unknown[]; readonly callbacks: UseEventSourceOptions } => {
    const log: unknown[] = [];
    const callbacks: UseEventSourceOptions = {
      onOpen: () => void log.push('open'),
      onReconnect: () => void log.push('reconnect'),
      onClose: ({ why, willRetry }) => void log.push(['close', why, willRetry]),
      onMessage: ({ data, type, id }) => void log.push([type, data, id]),
    };
    return { log, callbacks };
  };

  const a = createWorld();
  const overFetch = logOf();
  const shown = render(<Hook {...a.parts} {...overFetch.callbacks} events={['message', 'news']} lingerMs={0} />);
  await a.step();
  await a.step(() => a.web.last.open(stream));
  await a.step(() => a.web.last.write('id: 1\ndata: 1\n\nevent: news\ndata: {"n":2}\n\nevent: other\ndata: 0\n\n'));
  const texts = [shown.container.textContent];
  await a.step(() => a.web.last.fail());
  texts.push(shown.container.textContent);
  await a.untilNext(() => a.web.requests.length === 2);
  await a.step(() => a.web.last.open(stream));
  await a.step(() => a.web.last.write('id: 3\ndata: 3\n\n'));
  texts.push(shown.container.textContent);
  shown.unmount();
  await a.advance(0);
  a.expectNothingLeft();

  const b = createWorld();
  const native = createFakeEventSource();
  const overNative = logOf();
  const again = render(
    <Hook
      {...b.parts}
      {...overNative.callbacks}
      implementation="native"
      EventSource={native.EventSource}
      events={['message', 'news']}
      lingerMs={0}
    />,
  );
  await b.step(() => native.tell('open'));
  await b.step(() => {
    native.tell('message', { data: '1', lastEventId: '1' });
    native.tell('news', { data: '{"n":2}', lastEventId: '1' });
    native.tell('other', { data: '0', lastEventId: '1' });
  });
  const nativeTexts = [again.container.textContent];
  await b.step(() => native.tell('error'));
  nativeTexts.push(again.container.textContent);
  await b.step(() => native.tell('open'));
  await b.step(() => native.tell('message', { data: '3', lastEventId: '3' }));
  nativeTexts.push(again.container.textContent);
  again.unmount();
  await b.advance(0);
  expect(native.live).toBe(0);
  b.expectNothingLeft();

  expect(overNative.log).toEqual(overFetch.log);
  expect(nativeTexts).toEqual(texts);
  expect(overFetch.log).toEqual([
    'open',
    ['message', 1, '1'],
    ['news', { n: 2 }, '1'],
    ['close', 'lost', true],
    'open',
    'reconnect',
    ['message', 3, '3'],
    ['close', 'unmount', false],
  ]);
  expect(native.urls).toEqual([ADDRESS]);
});

test('the native one says what it cannot do', async () => {
  const { parts, step } = createWorld();
  const native = createFakeEventSource();
  function Refused(): ReactNode {
    const { status, error } = useEventSource(ADDRESS, {
      ...parts,
      implementation: 'native',
      EventSource: native.EventSource,
      method: 'POST',
    });
    return `${status} ${error?.kind} ${error?.message}`;
  }
  const { container } = render(<Refused />);
  await step();
  expect(container.textContent).toMatch(/^failed config .*implementation: 'fetch'/);
  expect(native.urls).toEqual([]);
});

test('the stream goes on while nobody waits: nothing is read after `disconnect`', async () => {
  const { web, parts, step } = createWorld();
  let stop!: () => void;
  function Stoppable(): ReactNode {
    const { disconnect, count } = useEventSource(ADDRESS, parts);
    stop = disconnect;
    return count;
  }
  const { container } = render(<Stoppable />);
  await step();
  await step(() => web.last.open(stream));
  await settle(() => web.last.write('data: 1\n\n'));
  await step(() => {
    web.last.write('data: 2\n\n');
    stop();
    expect(web.last.aborted).toBe(true);
  });
  expect(container.textContent).toBe('1');
});
