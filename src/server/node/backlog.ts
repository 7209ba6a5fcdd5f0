// How much may wait for a reader who does not read. Knows no transport.

/** A part of a reader's own record: there are as many as readers. */
export interface Allowance {
  allowed: number;
}

/** What waits now was asked for (a replay): it may, until it is through. */
export function excuse(of: Allowance, waitingBytes: number, maxBytes: number): void {
  of.allowed = maxBytes + waitingBytes;
}

export function isExceeded(of: Allowance, waitingBytes: number, maxBytes: number): boolean {
  if (waitingBytes <= maxBytes) of.allowed = maxBytes;
  return waitingBytes > of.allowed;
}

export interface Backlog {
  excuse(waitingBytes: number): void;
  exceeded(waitingBytes: number): boolean;
}

/** For who is no record. */
export function createBacklog(maxBytes: number): Backlog {
  const own: Allowance = { allowed: maxBytes };
  return {
    excuse: (waitingBytes) => excuse(own, waitingBytes, maxBytes),
    exceeded: (waitingBytes) => isExceeded(own, waitingBytes, maxBytes),
  };
}
