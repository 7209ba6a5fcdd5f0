// What test/projects.ts and the tests ask of redis.mjs.

export function findRedis(): string | undefined;
