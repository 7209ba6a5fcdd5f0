// JSON text that somebody sent, made fit for one line. Changes nothing that it means.

/**
 * As it was written, but for line breaks, which JSON has only between its parts: numbers keep their digits, and it does
 * not grow. Throws where it is no JSON, or nested too deep to be written again by those who read it.
 */
export function jsonLine(text: string): string {
  JSON.stringify(JSON.parse(text));
  return text.replace(/[\r\n]+/g, ' ');
}
