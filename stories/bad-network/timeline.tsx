// The last half minute of a lane, as a strip of statuses. Marks show when somebody meddled.

import type { Stretch } from './record.js';

export interface TimelineProps {
  readonly label: string;
  readonly stretches: readonly Stretch[];
  readonly marks: readonly number[];
  readonly now: number;
  readonly windowMs?: number;
}

export function Timeline({ label, stretches, marks, now, windowMs = 30_000 }: TimelineProps): React.JSX.Element {
  const from = now - windowMs;
  const place = (at: number): number => Math.min(100, Math.max(0, ((at - from) / windowMs) * 100));
  const text = stretches
    .slice(-4)
    .map(({ status }) => status)
    .join(', then ');
  return (
    <div className="timeline" role="img" aria-label={`${label}: ${text}`}>
      {stretches.map(({ status, since }, i) => {
        const start = place(since);
        const end = place(stretches[i + 1]?.since ?? now);
        if (end <= 0) return null;
        return <i key={since} data-status={status} style={{ left: `${start}%`, width: `${end - start}%` }} />;
      })}
      {marks
        .filter((at) => at > from)
        .map((at) => (
          <b key={at} style={{ left: `${place(at)}%` }} />
        ))}
    </div>
  );
}
