// What TypeScript needs to know of report.mjs.

export interface Figures {
  readonly head: readonly string[];
  readonly ids: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly figures?: Readonly<Record<string, string | number>>;
}
export interface Quote {
  readonly address: string;
  readonly says: string;
  readonly is: string | undefined;
}

export declare function readFigures(folder: string): ReadonlyMap<string, Figures>;
export declare function resultsOf(figures: ReadonlyMap<string, Figures>): string;
export declare function quotesIn(text: string, figures: ReadonlyMap<string, Figures>): readonly Quote[];
export declare function quoted(text: string, figures: ReadonlyMap<string, Figures>): string;
