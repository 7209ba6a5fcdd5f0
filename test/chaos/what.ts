// What the two ends of a chaos run agree on: the room, and what its messages say.

export const ROOM = 'room';

export interface Said {
  readonly by: string;
  readonly n: number;
  readonly pad?: string | undefined;
}

/** What a message says, in short: the same for both ends, and another one where a byte was spoilt. */
export function whatOf(data: unknown): string {
  const { by, n, pad = '' } = (data ?? {}) as Partial<Said>;
  return `${by} ${n} ${pad.replaceAll('.', '')}${pad.length}`;
}
