// What test/projects.ts asks of next.mjs.

export function hasNext(): boolean;
