// The rooms, each with how many are in it and how much was said there since one last looked.

import { useState } from 'react';
import { useRoom } from '../../src/index.js';
import { PAGE, type RoomName, ROOMS, roomOf } from './rooms.js';

export interface RoomListProps {
  /** Whose list it is. */
  readonly of: string;
  readonly house: string;
  readonly open: RoomName;
  readonly onOpen: (name: RoomName) => void;
}

export function RoomList({ of, house, open, onOpen }: RoomListProps): React.JSX.Element {
  return (
    <nav className="rooms" aria-label={`Rooms of ${of}`}>
      {ROOMS.map((name) => (
        <Room key={name} house={house} name={name} isOpen={name === open} onOpen={() => onOpen(name)} />
      ))}
    </nav>
  );
}

interface RoomProps {
  readonly house: string;
  readonly name: RoomName;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}

/** Watches its room without entering it: nobody there is told. */
function Room({ house, name, isOpen, onOpen }: RoomProps): React.JSX.Element {
  const [unread, setUnread] = useState(0);
  const { members } = useRoom(roomOf(house, name), {
    history: PAGE,
    onMessage: () => setUnread((before) => (isOpen ? 0 : before + 1)),
  });
  const news = isOpen ? 0 : unread;
  return (
    <button
      type="button"
      className="room"
      aria-current={isOpen}
      onClick={() => {
        setUnread(0);
        onOpen();
      }}
    >
      <span className="room-name">{name}</span>
      <span className="room-people">{members.size === 0 ? 'nobody' : `${members.size} here`}</span>
      <span className="room-news" data-some={news > 0}>
        {news > 0 && (
          <>
            {news}
            <span className="visually-hidden"> unread</span>
          </>
        )}
      </span>
    </button>
  );
}
