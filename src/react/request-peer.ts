// What names the far end of a request besides its address. Pure.

import type { Endpoint } from '../transport/credentials.js';
import type { RequestOptions } from '../transport/request.js';

/** Two requests that agree in this are one. A body that is no text is taken by its kind: give `share: false`, or a `shareKey`, where that is too coarse. */
export function requestPeer({
  method,
  body,
  params,
  uplink,
}: RequestOptions & { readonly uplink?: Endpoint | undefined }): readonly unknown[] {
  return [
    method,
    typeof body === 'string' || body === undefined ? body : typeof body,
    params,
    // who can send and who cannot are two; an address that is asked for is taken by its kind as well
    typeof uplink === 'function' ? typeof uplink : uplink && [String(uplink)],
  ];
}
