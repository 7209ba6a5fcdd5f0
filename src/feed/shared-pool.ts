// The one piece of module state: the realm that link hooks share when no provider stands above them. Made at the first watch.

import type { Host } from '../base/host.js';
import { createRealm, type Realm } from './realm.js';

const realms = new Map<Partial<Host> | undefined, Realm>();

/** The realm of this host; of the platform where there is none. Never called while rendering, so never on a server. */
export function sharedRealm(host?: Partial<Host>): Realm {
  let realm = realms.get(host);
  if (!realm) realms.set(host, (realm = createRealm(host)));
  return realm;
}

/** Closes every shared link and forgets them all: for the end of a test. */
export function resetSharedLinks(): void {
  for (const realm of realms.values()) realm.links.clear();
  realms.clear();
}
