// What one server asks another about a wire of the rooms protocol, and what that answers, as text. Asks nobody.

export type WireQuestion = { readonly origin: string | undefined } & (
  | { readonly kind: 'open' }
  | { readonly kind: 'post'; readonly body: string }
  | { readonly kind: 'get'; readonly cursor: number; readonly waitS: number }
  /** The wire has to end. */
  | { readonly kind: 'end'; readonly code: number; readonly reason: string }
);

const KINDS: ReadonlySet<unknown> = new Set<WireQuestion['kind']>(['open', 'post', 'get', 'end']);

export interface WireAnswer {
  readonly status: number;
  /** Of a refusal. */
  readonly reason?: string | undefined;
  readonly body?: string | undefined;
  /** Without one a GET was ended by another. */
  readonly cursor?: string | undefined;
}

/** Who can say something about a wire knows it, and is a server of the same rooms: of what version, nobody knows. */
function read(text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? { ...found } : {};
  } catch {
    return {};
  }
}

export function readQuestion(text: string): WireQuestion | undefined {
  const found = read(text);
  return KINDS.has(found['kind']) ? (found as unknown as WireQuestion) : undefined;
}

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';

export function readAnswer(text: string): WireAnswer | undefined {
  const { status, reason, body, cursor } = read(text);
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;
  // what cannot be said to a client would break off its answer
  return isStatus && [reason, body, cursor].every(isText)
    ? ({ status, reason, body, cursor } as WireAnswer)
    : undefined;
}
