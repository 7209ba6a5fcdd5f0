// What an error may say where an address or a token was near.

import { expect, test } from 'vitest';
import { redact, redactCause } from '../../src/transport/redact.js';

test.each([
  ['GET /live?access_token=SECRET&x=1 failed', 'GET /live?access_token=…&x=1 failed'],
  ['"/live?x=1&Access_Token=SECRET"', '"/live?x=1&Access_Token=…"'],
  ['/live?access_token=SECRET#there', '/live?access_token=…#there'],
  ['wss://ada:pw@example.com/live', 'wss://…@example.com/live'],
  ['wss://ada:p@SECRET@example.com/live', 'wss://…@example.com/live'],
  ['authorization: Bearer SECRET, sorry', 'authorization: Bearer …, sorry'],
  ['/live?token=kept and user@example.com', '/live?token=kept and user@example.com'],
])('%s', (text, shown) => expect(redact(text)).toBe(shown));

test('another name, with signs that mean something elsewhere', () => {
  expect(redact('/live?a.b=SECRET&aXb=kept', 'a.b')).toBe('/live?a.b=…&aXb=kept');
});

test('the token itself, as it is and as an address writes it; words stay', () => {
  const token = 'SECRET a/b+č';
  const all = [token, encodeURIComponent(token), new URLSearchParams({ t: token }).toString().slice(2)];
  for (const each of all) expect(redact(`no: ${each}!`, 'access_token', [token])).toBe('no: …!');
  expect(redact('the name of ada', 'access_token', ['ada'])).toBe('the name of ada');
});

test('an error and its causes: copies of their classes without the token, or the same object', () => {
  const hide = (text: string): string => redact(text, 'access_token', ['SECRET-1234']);
  const fine = new Error('no', { cause: new TypeError('neither') });
  expect(redactCause(fine, hide)).toBe(fine);
  const inner = Object.assign(new TypeError('GET with SECRET-1234'), { request: { token: 'SECRET-1234' } });
  const shown = redactCause(new Error('no', { cause: inner }), hide) as Error;
  expect(shown).toMatchObject({ message: 'no', cause: expect.any(TypeError) as unknown });
  expect((shown.cause as Error).message).toBe('GET with …');
  expect(shown.cause).not.toHaveProperty('request');
  const circle = new Error('SECRET-1234');
  circle.cause = circle;
  expect(String(redactCause(circle, hide))).toBe('Error: …');
  for (const none of [null, undefined, 5, {}]) expect(redactCause(none, hide)).toBe(none);
});
