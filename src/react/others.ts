// Everybody in a room but this client: worked out of its state. Pure; no React in here.

import type { Member } from '../model/presence.js';
import type { RoomState } from '../model/room.js';

type Seen<P> = Pick<RoomState<unknown, P>, 'members' | 'self'>;

/**
 * Members without this client's own connection. One's own other devices stay, as the member whose `id` is `self.user`. The array and
 * each member in it stay the same objects as long as they say the same.
 */
export function createOthers<P>(): (state: Seen<P>) => readonly Member<P>[] {
  let members: Seen<P>['members'] | undefined;
  let self: Seen<P>['self'] | undefined;
  let shown: readonly Member<P>[] = [];
  let whole: Member<P> | undefined; // ourselves with this connection,
  let rest: Member<P> | undefined; // and without

  const withoutOwn = (member: Member<P>, connection: string): Member<P> | undefined => {
    const connections = member.connections.filter(({ id }) => id !== connection);
    const newest = connections.at(-1);
    if (!newest) return undefined;
    if (connections.length === member.connections.length) return member;
    // what the person shows, unless it is this connection that shows it
    const { presence } = connections.find((each) => each.presence === member.presence) ?? newest;
    const isSame =
      rest?.presence === presence &&
      rest.connections.length === connections.length &&
      rest.connections.every((each, at) => each === connections[at]);
    return isSame ? rest : { ...member, presence, connections };
  };

  return (state) => {
    if (state.members === members && state.self === self) return shown;
    const { user, connection } = state.self;
    if (self?.connection !== connection || self?.user !== user) whole = rest = undefined;
    ({ members, self } = state);
    const next: Member<P>[] = [];
    for (const member of members.values()) {
      if (member.id !== user || connection === null) {
        next.push(member);
        continue;
      }
      if (member !== whole) rest = withoutOwn((whole = member), connection);
      if (rest) next.push(rest);
    }
    const isSame = next.length === shown.length && next.every((each, at) => each === shown[at]);
    return isSame ? shown : (shown = next);
  };
}
