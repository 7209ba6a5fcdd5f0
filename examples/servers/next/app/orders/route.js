// `POST /orders`: from any route, to everybody in the room.

export function POST() {
  globalThis.realtime.publish('orders', { placed: true });
  return new Response(null, { status: 201 });
}
