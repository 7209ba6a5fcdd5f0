// What one server asks another about a wire of the rooms protocol, and what that answers, as text. Asks nobody.

export type WireQuestion = { readonly origin: string | undefined } & (
  | { readonly kind: 'open' }
  | { readonly kind: 'post'; readonly body: string }
  | { readonly kind: 'get'; readonly cursor: number; readonly waitS: number }
  /** The wire has to end. */
  | { readonly kind: 'end'; readonly code: number; readonly reason: string }
);

export interface WireAnswer {
  readonly status: number;
  /** Of a refusal. */
  readonly reason?: string | undefined;
  readonly body?: string | undefined;
  /** Without one a GET was ended by another. */
  readonly cursor?: string | undefined;
}

/** Those who can close it know the wire, and are servers of the same rooms: the shape is not checked, only that there is one. */
export function readWire<T extends WireQuestion | WireAnswer>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
