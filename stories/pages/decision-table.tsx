// The decision table of "Choosing a transport". Words and figures only; where the figures come from is said on the page.

const HEAD = ['Poll', 'Long poll', 'Server-Sent Events', 'WebSocket', 'WebRTC data channel'] as const;

type Cells = readonly [string, string, string, string, string];

const ROWS: readonly (readonly [question: string, cells: Cells])[] = [
  [
    'Choose it for',
    [
      'weather, build status, what a cache can answer',
      'rare news; networks that break streams',
      'feeds, dashboards, notifications, the words of an answer as they come',
      'chat, collaboration, games, control',
      'calls, games and files from peer to peer',
    ],
  ],
  ['Hook', ['usePoll', 'useLongPoll', 'useEventSource', 'useWebSocket', 'not in this version']],
  [
    'Direction',
    [
      'client asks',
      'client asks, server waits',
      'server to client; sends go by POST',
      'both ways',
      'both ways, between peers',
    ],
  ],
  [
    'News is late by',
    [
      'half the interval, at worst all of it',
      'one way; three when news follows news',
      'one way',
      'one way',
      'one way, without a detour by a server',
    ],
  ],
  [
    'On the wire ¹',
    ['870 B per question', '900 B per message', '61 B per message', '32 B per message', 'not measured'],
  ],
  ['Binary', ['an answer’s body', 'an answer’s body', 'no, text only', 'yes', 'yes']],
  [
    'After a drop',
    [
      'a cursor: no hole',
      'a cursor: no hole',
      'event ids: no hole',
      'a hole, unless the application numbers its messages',
      'as you choose: reliable, or lossy and unordered',
    ],
  ],
  [
    'Proxies and CDNs',
    [
      'pass it, and can answer it (ETag)',
      'pass it, if they wait long enough',
      'pass it, if they neither buffer nor compress',
      'must pass the upgrade',
      'often blocked; needs STUN, and TURN as a relay',
    ],
  ],
  [
    'Connections',
    [
      'none in between',
      'holds one of six over HTTP/1.1',
      'holds one of six over HTTP/1.1',
      'one of its own, outside the six',
      'one per peer',
    ],
  ],
  [
    'A dead link shows by',
    [
      'the next question',
      'its time limit',
      'silence: idleTimeoutMs',
      'silence: heartbeat',
      'its own checks of consent',
    ],
  ],
  [
    'The server holds',
    [
      'nothing',
      'a request per client',
      'a response per client',
      'a socket per client, and its state',
      'the signalling only',
    ],
  ],
];

/** Five transports, eleven questions. */
export function DecisionTable(): React.JSX.Element {
  return (
    <div className="doc-table sb-unstyled" role="region" aria-label="Transports compared" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <td />
            {HEAD.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([question, cells]) => (
            <tr key={question}>
              <th scope="row">{question}</th>
              {cells.map((cell, i) => (
                <td key={HEAD[i]}>{/^use[A-Z]/.test(cell) ? <code className="code">{cell}</code> : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
