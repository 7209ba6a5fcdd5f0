// What the library reports out of band, caught instead of uncaught. Tests nothing.

import { vi } from 'vitest';

/** From here on `reportError` fills the list that is returned; `vi.unstubAllGlobals()` gives the real one back. */
export function catchReports(): readonly unknown[] {
  const reported: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => void reported.push(error));
  return reported;
}
