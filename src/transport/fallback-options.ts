// What a fallback can be told: how patient it is. Types only.

export interface FallbackOptions {
  /**
   * How long one of them may take to open. Default: 8 times the slowest that opened so far, from 1,000 to 4,000; 4,000 while
   * nothing is known, and for the last one of a dial.
   */
  readonly tryMs?: number | undefined;
  /** How long later dials begin at the winner; then they begin at the top again. Default 300,000. */
  readonly retryBestAfterMs?: number | undefined;
  /**
   * How long a link over a lower one is open before the better ones are tried beside it; twice as long after each time that
   * they failed, up to 300,000; each ±20 %. Infinity: never. At least 1. Default 30,000.
   */
  readonly probeAfterMs?: number | undefined;
  /** What is lost sooner was cut: after three in a row the next dial begins one lower. Default 10,000. */
  readonly stableMs?: number | undefined;
}
