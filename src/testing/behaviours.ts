// Far ends by name: what a scripted transport does at each dial. For tests.

import type { WireEnd } from '../transport/transport.js';
import type { ScriptedWire } from './scripted-transport.js';

export type Behaviour = (wire: ScriptedWire, index: number) => void;

/** Opens at once. */
export const accepts: Behaviour = (wire) => wire.accept();

/** Says no, with a code. */
export const refuses =
  (code?: number, end: Partial<WireEnd> = {}): Behaviour =>
  (wire) =>
    wire.drop({ why: 'refused', code, ...end });

/** Opens, and ends at once. */
export const acceptsThenDrops =
  (end: Partial<WireEnd> = {}): Behaviour =>
  (wire) => {
    wire.accept();
    wire.drop(end);
  };

/** Never answers. */
export const silent: Behaviour = () => {};

/** One after another; the last one stays. */
export const sequence =
  (...behaviours: readonly Behaviour[]): Behaviour =>
  (wire, index) =>
    behaviours[Math.min(index, behaviours.length - 1)]?.(wire, index);
