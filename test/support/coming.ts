// Somebody who comes and goes, also while they are coming: what they hear first may send them away.

import type { Unsubscribe } from '../../src/base/readable.js';

export interface Coming {
  isHere(): boolean;
  come(): void;
  leave(): void;
  toggle(): void;
}

export function createComing(subscribe: () => Unsubscribe): Coming {
  let leave: Unsubscribe | undefined;
  const come = (): void => {
    let isGone = false;
    let off: Unsubscribe | undefined;
    leave = () => {
      isGone = true;
      leave = undefined;
      off?.();
    };
    off = subscribe();
    if (isGone) off(); // it left while it came
  };
  return {
    isHere: () => leave !== undefined,
    come: () => void (leave ?? come()),
    leave: () => leave?.(),
    toggle: () => (leave ?? come)(),
  };
}
