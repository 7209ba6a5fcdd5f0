// What TypeScript needs to know of plot.mjs.

import type { Figures } from './report.mjs';

export declare function plotOf(figures: ReadonlyMap<string, Figures>): string;
