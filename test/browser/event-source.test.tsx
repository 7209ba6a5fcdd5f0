// Demand 11: one stream read over fetch and by the engine's own EventSource gives the same events.

import { renderHook, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { expect, inject, it } from 'vitest';
import { type RealtimeError, type Status, useEventSource, type UseEventSourceOptions } from '../../src/index.js';

const origin = inject('origin');
const asked = async (name: string): Promise<unknown> => (await fetch(`${origin}/asked?name=${name}`)).json();

/** A mounted hook, with everything that its callbacks heard. */
function listen(url: string, options: UseEventSourceOptions<string>) {
  const heard: { readonly data: string; readonly type: string; readonly id: string | undefined }[] = [];
  const statuses: Status[] = [];
  const errors: RealtimeError[] = [];
  const hook = renderHook(
    () => {
      const { status } = useEventSource<string>(url, {
        codec: 'text',
        lingerMs: 0, // the streams of one test do not count as open in the next
        flush: 'sync',
        retry: { minDelayMs: 0, initialDelayMs: 1, maxDelayMs: 1 },
        ...options,
        onMessage: ({ data, type, id }) => void heard.push({ data, type, id }),
        onError: (error) => void errors.push(error),
      });
      if (statuses.at(-1) !== status) statuses.push(status);
      return status;
    },
    { wrapper: StrictMode },
  );
  return { heard, statuses, errors, hook };
}

const expected = [
  { type: 'price', data: '10', id: '1' },
  { type: 'message', data: 'first line\nsecond line\n', id: '1' },
  { type: 'note', data: ' two spaces', id: '1' },
  { type: 'message', data: 'ünïcödé 🎬', id: 'grün' },
  { type: 'message', data: 'its id is ignored', id: 'grün' },
  { type: 'message', data: 'the id is forgotten', id: '' },
  { type: 'message', data: '{"json":true}', id: '' },
  { type: 'message', data: 'again', id: 'place-7' },
];

for (const implementation of ['fetch', 'native'] as const)
  it(`reads types, ids, lines and retry over ${implementation}, and comes back with the last id`, async () => {
    const name = `script-${implementation}`;
    const { heard, statuses, errors, hook } = listen(`${origin}/stream?name=${name}`, {
      implementation,
      events: ['message', 'price', 'note'],
    });
    await waitFor(() => expect(heard).toEqual(expected));
    await waitFor(() => expect(hook.result.current).toBe('open'));
    expect(statuses).toEqual(['idle', 'connecting', 'open', 'reconnecting', 'open']);
    expect(errors.map(({ kind }) => kind)).toEqual(['lost']);
    await waitFor(async () => expect(await asked(name)).toEqual([null, 'place-7']));
    hook.unmount();
  });

it('refuses headers for the native EventSource, and names the cure', async () => {
  const { errors, hook } = listen(`${origin}/stream?name=never`, {
    implementation: 'native',
    headers: { authorization: 'Bearer x' },
  });
  await waitFor(() => expect(hook.result.current).toBe('failed'));
  // StrictMode mounts twice, and what fails while mounting is tried again by the next mount: once each
  expect(errors.map(({ kind }) => kind)).toEqual(['config', 'config']);
  expect(errors[0]?.message).toMatch(/native EventSource has no method, headers or body.*implementation: 'fetch'/);
  await waitFor(async () => expect(await asked('never')).toEqual([]));
});

for (const implementation of ['fetch', 'native'] as const)
  it(`goes to the real server over ${implementation}: named events and their places`, async () => {
    const room = `${origin}/realtime?room=${implementation}`;
    const { heard, hook } = listen(room, { implementation });
    await waitFor(() => expect(hook.result.current).toBe('open'));
    for (const n of [1, 2, 3])
      await waitFor(async () => {
        const answer = await fetch(room, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ n }),
        });
        expect(answer.status).toBe(202);
      });
    await waitFor(() => expect(heard.map(({ data }) => data)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']));
    expect(heard.map(({ id }) => id?.split('-')[1])).toEqual(['1', '2', '3']);
    hook.unmount();
  });
