// Numbers and moments for people. Pure.

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

export const timeOf = (at: number): string => clock.format(at);

/** 0.84 → "0.8", 12.3 → "12", 1840 → "1,840", 0 → "0": as many digits as mean something. */
export function figure(value: number): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function bytesOf(value: number): readonly [amount: string, unit: string] {
  if (value < 1_000) return [String(Math.round(value)), 'B'];
  if (value < 1_000_000) return [figure(value / 1_000), 'kB'];
  return [figure(value / 1_000_000), 'MB'];
}

export function durationOf(ms: number): readonly [amount: string, unit: string] {
  return ms < 1_000 ? [figure(ms), 'ms'] : [(ms / 1_000).toFixed(1), 's'];
}

/** The value below which this share of the others lies; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
