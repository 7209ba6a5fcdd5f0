// A count, whatever somebody gives for one. Pure.

/** The nearest whole number between 0 and a million; what makes no sense (`NaN`) is 0. */
export const whole = (given: number): number => Math.min(1e6, Math.max(0, Math.floor(given) || 0));
