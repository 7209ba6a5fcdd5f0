// What the playground's server publishes. Types only, for both sides.

/** Room `metrics`: one sample of a small fleet. */
export interface Metrics {
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly errors: number;
  /** Percent, one per node. */
  readonly cpu: readonly number[];
  readonly nodes: readonly string[];
}

/** Room `ticker`. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  readonly at: number;
}

/** Room `notifications`. */
export interface Note {
  readonly id: string;
  readonly kind: 'build' | 'review' | 'alert' | 'message';
  readonly text: string;
  readonly at: number;
}

/** Room `stream-<lab>`: numbered, so that a missing one shows. */
export interface Numbered {
  readonly n: number;
  readonly at: number;
}

/** Rooms `order:<name>`, by the webhook of the payment provider. */
export interface Payment {
  readonly cents: number;
}

/** Any echo room. */
export interface Line {
  readonly from: string;
  readonly text: string;
}
