// The page that most of these tests share, built once. Vitest runs this.

import type { TestProject } from 'vitest/node';
import { buildPage } from './page.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The script of the page under test in real tabs. */
    pageScript: string;
  }
}

export default async function bundle({ provide }: TestProject): Promise<void> {
  provide('pageScript', await buildPage({ entry: new URL('../app/main.tsx', import.meta.url) }));
}
