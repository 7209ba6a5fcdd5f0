// Reads an HTTP body as text, and stops at a bound.

/** The text, or null where it is over `maxBytes`; then reading has stopped. Rejects as the body does. */
export async function readBody(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) {
    // React Native has no streams
    const text = await response.text();
    return text.length > maxBytes ? null : text;
  }
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}
