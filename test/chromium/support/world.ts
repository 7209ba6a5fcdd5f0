// A site and a browser for the tests of one file, and how long one waits for something. Asserts nothing.

import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { openSite, type Site } from './site.js';
import { openBrowser, type Tab, type Tabs } from './tab.js';

export interface World {
  readonly site: Site;
  /** A fresh tab with the page under test. */
  page(): Promise<Tab>;
  /** A fresh tab with nothing in it. */
  blank(): Promise<Tab>;
  /** The address of a room on the site. */
  at(room: string, query?: string): string;
}

/** Site and browser live as long as the file's tests; tabs as long as one test. `script`: another page than the shared one. */
export function openWorld(script: () => string | Promise<string> = () => inject('pageScript')): World {
  let site: Site;
  let browser: Tabs;
  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(await script()), openBrowser()]);
  });
  afterEach(() => browser.closeTabs());
  afterAll(async () => {
    await browser.close();
    await site.close();
  });
  return {
    get site() {
      return site;
    },
    async page() {
      const tab = await browser.open();
      await tab.load(`${site.origin}/`);
      return tab;
    },
    blank: () => browser.open(),
    at: (room, query = '') => `/realtime?room=${room}${query}`,
  };
}

/** Waits for a condition: far longer than it should ever take. */
export const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> =>
  expect.poll(read, { timeout: 10_000, interval: 20 });
