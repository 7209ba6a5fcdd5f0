// How much of the chaos set is run: `CHAOS=short` in `npm test`, `CHAOS=full` in `npm run test:chaos`.

export const isFull = process.env['CHAOS'] === 'full';

/** Faults last so long in one scenario. `CHAOS_SECONDS`. */
export const chaosMs = 1_000 * Number(process.env['CHAOS_SECONDS'] ?? (isFull ? 10 : 2));

/** `CHAOS_SEEDS`: how many, or the seeds themselves with commas between them. Default: 2 in the full set, 1 in the short one; new ones each time. */
export const chaosSeeds: readonly number[] = seedsOf(process.env['CHAOS_SEEDS'] ?? (isFull ? '2' : '1'));

function seedsOf(text: string): readonly number[] {
  if (text.includes(',')) return text.split(',').filter(Boolean).map(Number);
  const count = Number(text);
  if (count > 1_000) return [count];
  return Array.from({ length: count }, () => 1_001 + Math.floor(Math.random() * 2 ** 31));
}
