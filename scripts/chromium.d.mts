// What TypeScript needs to know of chromium.mjs.

export declare function findChromium(): Promise<string | undefined>;
