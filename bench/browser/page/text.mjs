// How many messages are kept, what a message looks like, and where it comes from: the same for all contenders.

export const KEPT = 100;
export const textOf = (message) => `${message.seq} ${message.key} ${message.price} ${message.text}`;

/** `per`: messages in a frame. */
export const socketUrl = (id, per) => `ws://${location.host}/ws?id=${id}${per ? `&per=${per}` : ''}`;
export const streamUrl = (id) => `${location.origin}/sse?id=${id}`;
