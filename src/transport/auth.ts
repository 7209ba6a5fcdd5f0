// What a transport is told of credentials. Types only: how they travel is credentials.ts.

/** Why credentials are asked for: the first time, again later, or right after the far end refused the last ones. */
export type AuthReason = 'connect' | 'refresh' | 'expired';

/** Credentials that are asked for before every attempt. */
export interface Auth {
  /**
   * A string is used, `null` connects without. Throw an error named `NotAllowedError` to stop for good;
   * anything else that is thrown is tried again later, with backoff.
   * `reason`: 'connect' at first, 'refresh' on later attempts, 'expired' right after the far end refused the last token.
   */
  readonly getToken: (reason: AuthReason) => string | null | Promise<string | null>;
  /**
   * How it travels. Default 'header' where the transport can set one (fetch), else 'query'. 'cookie': `getToken` sets it, and what it
   * returns goes nowhere; `credentials` is 'include' unless said otherwise. 'message': the first frame of a WebSocket.
   */
  readonly via?: 'message' | 'header' | 'query' | 'subprotocol' | 'cookie' | undefined;
  /** Default 'access_token'. */
  readonly queryName?: string | undefined;
  /** The first frame under 'message'. Default `{"type":"auth","token":…}`. */
  readonly message?: ((token: string) => string | Uint8Array<ArrayBuffer>) | undefined;
}
