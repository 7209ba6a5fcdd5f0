// The playground's token service: passes that hold for some seconds, and can be taken back. Knows no http.

import { randomBytes } from 'node:crypto';
import type { Identity } from '../../src/server.js';

/** What `POST /lab/<id>/token` answers. */
export type TokenAnswer =
  | { readonly token: string; readonly lifeMs: number }
  /** It refuses; in words. */
  | { readonly refused: string };

/** What `POST /lab/<id>/token` takes. */
export interface TokenWish {
  readonly user: string;
  readonly lifeMs: number;
}

export interface Tokens {
  issue(lab: string, wish: TokenWish): TokenAnswer;
  /** Nobody's, or no longer: null. What is no pass is for others to judge: undefined. */
  check(token: string): Identity | null | undefined;
  /** None that this lab was given holds any more. */
  revoke(lab: string): void;
}

interface Pass {
  readonly lab: string;
  readonly user: string;
  readonly until: number;
}

const PREFIX = 'pass-';
const MAX_PASSES = 1_000;
const LIFE_MS = { least: 500, most: 600_000 };

export function createTokens(): Tokens {
  const passes = new Map<string, Pass>(); // the oldest first

  return {
    issue(lab, { user, lifeMs }) {
      if (!/^\w{1,32}$/.test(user)) return { refused: 'nobody has that name' };
      const life = Math.min(Math.max(Number(lifeMs) || 0, LIFE_MS.least), LIFE_MS.most);
      const token = PREFIX + randomBytes(18).toString('base64url');
      passes.set(token, { lab, user, until: performance.now() + life });
      const [oldest] = passes.keys();
      if (passes.size > MAX_PASSES && oldest) passes.delete(oldest);
      return { token, lifeMs: life };
    },
    check(token) {
      if (!token.startsWith(PREFIX)) return undefined;
      const pass = passes.get(token);
      const expiresInMs = (pass?.until ?? 0) - performance.now();
      return pass && expiresInMs > 0 ? { id: pass.user, expiresInMs } : null;
    },
    revoke(lab) {
      for (const [token, pass] of [...passes]) if (pass.lab === lab) passes.delete(token);
    },
  };
}
