// How much may wait for a reader who does not read. Knows no transport.

export interface Backlog {
  /** What waits now was asked for (a replay): it may, until it is through. */
  excuse(waitingBytes: number): void;
  exceeded(waitingBytes: number): boolean;
}

export function createBacklog(maxBytes: number): Backlog {
  let allowed = maxBytes;
  return {
    excuse: (waitingBytes) => void (allowed = maxBytes + waitingBytes),
    exceeded(waitingBytes) {
      if (waitingBytes <= maxBytes) allowed = maxBytes;
      return waitingBytes > allowed;
    },
  };
}
