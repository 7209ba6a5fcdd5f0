// A wire without a network, for benches of what is above wires. Measures nothing.

/** The far end answers joins at once, and says what it is told: frames as they are, or events of the rooms protocol. */
export function handTransport() {
  const far = { frame: undefined, say: undefined };
  return {
    far,
    name: 'hand',
    renewable: false,
    dial(sink) {
      far.frame = (text) => sink.frame(text);
      far.say = (...events) => sink.frame(JSON.stringify(events));
      const answer = (event) => {
        if (event.t === 'hello')
          far.say({
            t: 'welcome',
            v: 1,
            user: { id: 'me' },
            connection: 'c',
            limits: { maxMessageBytes: 1e6, maxRooms: 1e5, maxPresenceBytes: 1e4, history: 100 },
            heartbeatMs: 25_000,
          });
        if (event.t === 'join')
          far.say({
            t: 'joined',
            room: event.room,
            join: event.join,
            epoch: 'e',
            offset: 0,
            messages: [],
            more: false,
          });
      };
      queueMicrotask(() => sink.opened());
      return {
        bufferedAmount: 0,
        send(data) {
          const events = [JSON.parse(data)].flat();
          queueMicrotask(() => events.forEach(answer));
          return true;
        },
        close() {},
      };
    },
  };
}

/** Of a room. */
export const message = (room, offset) => ({
  t: 'message',
  room,
  offset,
  id: `${room}/${offset}`,
  from: 'you',
  data: offset,
  at: 1,
});
