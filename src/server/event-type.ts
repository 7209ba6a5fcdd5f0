// Which types of events can be said down an event stream. Says none.

/** Bytes are `binary` by themselves. */
export const isEventType = (type: unknown): type is string =>
  typeof type === 'string' && /^[^\r\n\0]{1,128}$/.test(type) && type !== 'binary';
