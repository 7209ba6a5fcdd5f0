// What there is in the playground, each with what one can do there.

const PLACES: readonly (readonly [id: string, name: string, what: string])[] = [
  [
    'websocket--docs',
    'WebSocket',
    'Let two people talk over one shared socket. Send the server away, and see what was said meanwhile arrive.',
  ],
  [
    'server-sent-events--docs',
    'Server-Sent Events',
    'Watch a live dashboard. Cut its stream, and look for the hole that is not there.',
  ],
  ['long-poll--docs', 'Long poll', 'Read notifications, post one, and see the held request answered.'],
  [
    'transport-lab--docs',
    'Transport lab',
    'Hear one stream four ways at once: how late, how many requests, how many bytes.',
  ],
  [
    'profiler--docs',
    'Profiler',
    'Flood five hundred components with messages, and read what that costs, also with a naive hook.',
  ],
  [
    'bad-network--docs',
    'Bad network',
    'Cut, delay, refuse and freeze the way to the server, and read what three hooks report.',
  ],
  ['chat--docs', 'Chat', 'Be two people at once: write, page back, see who types, and send again what failed.'],
  ['live-cursors--docs', 'Live cursors', 'Point on one table and see it on the other, as often as you choose.'],
  ['kanban-board--docs', 'Kanban board', 'Move the same cards from two sides, also while the server is away.'],
  [
    'reconnect-lab--docs',
    'Reconnect lab',
    'Cut the server off while two people write, and count what is missing afterwards.',
  ],
  [
    'outbox-lab--docs',
    'Outbox lab',
    'Send while you are cut off, reload the page, and see all of it arrive, once and in order.',
  ],
  [
    'ladder-lab--docs',
    'Ladder lab',
    'Block the better ways to the server one by one, and watch the link climb down, and up again.',
  ],
  [
    'session-lab--docs',
    'Session lab',
    'Watch a token being renewed, end it, refuse it, and hand the page to somebody else.',
  ],
  [
    'payment--docs',
    'Payment',
    'Pay an order, and see a signed webhook reach every tab that shows it. Repeat it, forge it, or be away meanwhile.',
  ],
  ['choosing-a-transport--docs', 'Choosing a transport', 'Four questions, one table, and what bites.'],
];

/** The way to every page. */
export function Contents(): React.JSX.Element {
  return (
    <ul className="doc-cards sb-unstyled">
      {PLACES.map(([id, name, what]) => (
        <li key={id}>
          {/* the pages live in a frame: the link is for the window around it */}
          <a href={`./?path=/docs/${id}`} target="_parent">
            <b>{name}</b>
            <span>{what}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
