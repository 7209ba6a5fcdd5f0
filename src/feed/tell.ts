// Which of a feed's callbacks hears of what. Holds only whether the feed has seen an open link; shows nothing.

import type { RealtimeError } from '../base/error.js';
import { guarded, warnOnce } from '../base/report.js';
import type { Notice } from '../connection/status.js';
import type { FeedCallbacks } from './feed-options.js';

export interface Teller {
  notice(notice: Notice): void;
  invalid(raw: unknown, error: RealtimeError): void;
  /** It was told of an open link, and of no close since. */
  readonly sawOpen: boolean;
}

/** `scope`: where it is warned once. */
export function createTeller<In>(options: () => FeedCallbacks<In>, scope: () => object): Teller {
  let opened: object | undefined;

  const invalid = (raw: unknown, error: RealtimeError): void => {
    const listener = options().onInvalid;
    if (listener) guarded(listener, { raw, error });
    else if (process.env.NODE_ENV !== 'production')
      warnOnce(scope(), `${error.message} Such frames are dropped; listen with onInvalid.`);
  };
  const teller: Teller = {
    invalid,
    notice(notice) {
      const to = options();
      switch (notice.type) {
        case 'open': {
          const mine = (opened = {});
          guarded(to.onOpen);
          // who left inside onOpen has heard the close by now
          if (notice.again && opened === mine) guarded(to.onReconnect);
          break;
        }
        case 'moved':
          // the server of the new wire was told nothing yet
          if (opened) teller.notice({ type: 'close', end: { why: 'replaced', willRetry: true } });
          teller.notice({ type: 'open', again: true });
          break;
        case 'close':
          opened = undefined;
          guarded(to.onClose, notice.end);
          break;
        case 'error':
          guarded(to.onError, notice.error);
          break;
        case 'fault':
          invalid(notice.frame, notice.error);
          break;
        case 'gap':
          guarded(to.onGap, { after: notice.after });
          break;
      }
    },
    get sawOpen() {
      return opened !== undefined;
    },
  };
  return teller;
}
