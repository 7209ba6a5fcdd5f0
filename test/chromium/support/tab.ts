// Tabs as a person has them: they can be hidden, frozen and kept in the back/forward cache. Knows no site.

import { type CDPSession, chromium } from 'playwright';
import { expect } from 'vitest';
import { findChromium } from '../../../scripts/chromium.mjs';
import type { Lab } from '../app/lab.js';

export interface Tab {
  /** Warnings, errors and uncaught exceptions, of the page and of the browser itself. */
  readonly said: readonly string[];
  /** Goes there; does not wait for anything on that page. */
  go(url: string): Promise<void>;
  /** Goes there and waits until the page under test is ready. */
  load(url: string): Promise<void>;
  lab<K extends keyof Lab>(word: K, ...args: Parameters<Lab[K]>): Promise<Awaited<ReturnType<Lab[K]>>>;
  evaluate(expression: string): Promise<unknown>;
  /** In front of all other tabs, which are hidden then. */
  toFront(): Promise<void>;
  /** What the browser does to a tab that was hidden for long. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  setOffline(offline: boolean): Promise<void>;
  /** As a person does it; waits until the page under test is ready again. */
  reload(): Promise<void>;
  /** The renderer dies at once, and the page says no last word. Then the tab can be loaded. */
  crash(): Promise<void>;
  close(): Promise<void>;
  /** Any other word of the DevTools protocol. */
  tell(method: string, params?: object): Promise<unknown>;
}

export interface Tabs {
  open(): Promise<Tab>;
  closeTabs(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Playwright shows its own pages for ever: they are never hidden, so never frozen. These tabs are targets of a browser
 * context that it does not know, and are told what to do over the DevTools protocol.
 */
export async function openBrowser(): Promise<Tabs> {
  const browser = await chromium.launch({
    executablePath: (await findChromium()) ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    ignoreDefaultArgs: [
      '--disable-back-forward-cache',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
    ],
  });
  const session = await browser.newBrowserCDPSession();
  const { browserContextId } = await session.send('Target.createBrowserContext');
  const targets = new Set<string>();
  return {
    async open() {
      const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
      targets.add(targetId);
      return openTab(session, targetId, async () => {
        targets.delete(targetId);
        await session.send('Target.closeTarget', { targetId });
      });
    },
    async closeTabs() {
      for (const targetId of targets) await session.send('Target.closeTarget', { targetId });
      targets.clear();
    },
    close: () => browser.close(),
  };
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A conversation with one target. */
async function attach(session: CDPSession, targetId: string, onEvent: (method: string, params: unknown) => void) {
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  const asked = new Map<number, (answer: Answer) => void>();
  let count = 0;
  session.on('Target.receivedMessageFromTarget', (event: { sessionId: string; message: string }) => {
    if (event.sessionId !== sessionId) return;
    const answer = JSON.parse(event.message) as Answer;
    if (answer.id === undefined) return onEvent(answer.method ?? '', answer.params);
    asked.get(answer.id)?.(answer);
    asked.delete(answer.id);
  });
  return async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++count;
    const answered = new Promise<Answer>((resolve) => asked.set(id, resolve));
    await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) });
    const { error, result } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

async function openTab(session: CDPSession, targetId: string, close: () => Promise<void>): Promise<Tab> {
  const said: string[] = [];
  let crashed: (() => void) | undefined;
  const send = await attach(session, targetId, (method, params) => {
    if (method === 'Inspector.targetCrashed') crashed?.();
    const line = complaint(method, params);
    if (line) said.push(line);
  });
  for (const domain of ['Runtime', 'Log', 'Page', 'Network', 'Inspector']) await send(`${domain}.enable`);

  const evaluate = async (expression: string): Promise<unknown> => {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails: wrong } = (await send('Runtime.evaluate', parameters)) as Evaluated;
    if (wrong) throw new Error(`${expression.slice(0, 200)}: ${wrong.exception?.description ?? wrong.text}`);
    return result.value;
  };
  const go = async (url: string): Promise<void> => void (await send('Page.navigate', { url }));
  let bornAt: unknown; // each page has another moment
  const ready = async (): Promise<void> => {
    const old = bornAt;
    const read = async (): Promise<boolean> => {
      bornAt = await evaluate('typeof window.lab === "object" && performance.timeOrigin');
      return bornAt !== false && bornAt !== old;
    };
    await expect.poll(read, { timeout: 10_000, interval: 20 }).toBe(true);
  };
  return {
    said,
    go,
    async load(url) {
      await go(url);
      await ready();
    },
    async reload() {
      await send('Page.reload');
      await ready();
    },
    async crash() {
      const gone = new Promise<void>((resolve) => (crashed = resolve));
      void send('Page.crash').catch(() => {}); // nobody is left to answer
      await gone;
    },
    close,
    tell: send,
    lab: async (word, ...args) => (await evaluate(`lab.${word}(...${JSON.stringify(args)})`)) as never,
    evaluate,
    toFront: async () => void (await send('Page.bringToFront')),
    freeze: async () => void (await send('Page.setWebLifecycleState', { state: 'frozen' })),
    thaw: async () => void (await send('Page.setWebLifecycleState', { state: 'active' })),
    setOffline: async (offline) =>
      void (await send('Network.emulateNetworkConditions', {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      })),
  };
}

/** The line that a person would see in the console, if it is a warning or worse. */
function complaint(method: string, params: unknown): string | undefined {
  if (method === 'Runtime.consoleAPICalled') {
    const { type, args } = params as { type: string; args: readonly { value?: string; description?: string }[] };
    if (type !== 'warning' && type !== 'error') return undefined;
    return `console.${type}: ${args.map(({ value, description }) => value ?? description).join(' ')}`;
  }
  if (method === 'Log.entryAdded') {
    const { entry } = params as { entry: { level: string; text: string; url?: string } };
    return entry.level === 'warning' || entry.level === 'error'
      ? `browser ${entry.level}: ${entry.text} ${entry.url ?? ''}`
      : undefined;
  }
  if (method !== 'Runtime.exceptionThrown') return undefined;
  const { exceptionDetails: thrown } = params as { exceptionDetails: Evaluated['exceptionDetails'] };
  return `uncaught: ${thrown?.exception?.description ?? thrown?.text}`;
}
