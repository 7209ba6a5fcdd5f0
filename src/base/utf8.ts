// How long a text is on a wire: in bytes of UTF-8. Encodes nothing.

export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1; // of a pair each half has two
  }
  return bytes;
}

/** Looks closely only where it must. */
export function isLonger(text: string, mostBytes: number): boolean {
  return text.length > mostBytes || (text.length * 3 > mostBytes && byteLength(text) > mostBytes);
}
