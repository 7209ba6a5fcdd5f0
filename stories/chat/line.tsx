// One message, with what became of it. No state.

import type { RoomMessage } from '../../src/index.js';
import { timeOf } from '../parts/format.js';
import { Avatar } from '../parts/people.js';
import type { Said } from './rooms.js';

export interface LineProps {
  readonly message: RoomMessage<Said>;
  /** Does it go on where the one before it ended? Then its author is not said again. */
  readonly goesOn: boolean;
  readonly isOwn: boolean;
  readonly onRetry: (id: string) => void;
}

/** Nobody: the server. */
export const authorOf = ({ from }: { readonly from: string | null }): string => from ?? 'Station';

export function Line({ message, goesOn, isOwn, onRetry }: LineProps): React.JSX.Element {
  const { id, data, at, state, error } = message;
  const author = authorOf(message);
  return (
    <article
      className="said"
      data-line={id}
      data-goes-on={goesOn}
      data-own={isOwn}
      data-state={state}
      aria-label={`${author}, ${timeOf(at)}`}
    >
      {goesOn ? <i /> : <Avatar name={author} />}
      <div className="said-body">
        {!goesOn && (
          <p className="said-head">
            <b>{isOwn ? 'You' : author}</b> <time dateTime={new Date(at).toISOString()}>{timeOf(at).slice(0, 5)}</time>
          </p>
        )}
        <p className="said-text">
          {data.text}
          {state === 'pending' && (
            <span className="tag" data-tone="wait">
              sending
            </span>
          )}
        </p>
        {state === 'failed' && (
          <p className="said-why">
            <span className="tag" data-tone="bad">
              failed
            </span>
            <button type="button" className="button" data-size="small" onClick={() => onRetry(id)}>
              Retry
            </button>
            <span>{error?.message}</span>
          </p>
        )}
      </div>
    </article>
  );
}
